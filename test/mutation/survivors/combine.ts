import type { Survivor } from "../survivors.ts";

export const combine: readonly Survivor[] = [
  {
    file: "src/patterns/combine/compete.ts",
    code: "const errors: unknown[] = [];",
    mutant: 'const errors: unknown[] = ["Stryker was here"];',
    reason: "Each place is written before the list is read",
  },
  {
    file: "src/patterns/combine/induced.ts",
    code: "} catch { // It has no name, or none that can be read. return false; }",
    mutant: "} catch {}",
    reason: "Undefined says the same as false",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "Array.isArray(items) && items[Symbol.iterator] === Array.prototype[Symbol.iterator] ? items : undefined;",
    mutant: "false ? items : undefined;",
    reason: "An array's own iterator gives the same items: counting only saves its steps",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "const results: R[] = [];",
    mutant: 'const results: R[] = ["Stryker was here"];',
    reason: "Each place is written, or cut off by the length that is set at the end",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "if (array) results.length = array.length;",
    mutant: "if (false) results.length = array.length;",
    reason: "The length that is set at first only saves copies, and it is set again at the end",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "let open = false;",
    mutant: "let open = true;",
    reason: "It is set before it is read, but for an array, whose iterator has no return()",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "let asking = false;",
    mutant: "let asking = true;",
    reason: "It is set before it is read, but for a plain iterable, whose return() is over at once",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "open = false;",
    mutant: "open = true;",
    reason: "Nothing closes twice: only the first failure does, and it takes no further item",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "const closed = call(() => source.return?.(), scope);",
    mutant: "const closed = call(() => source.return(), scope);",
    reason: "What closing throws is dropped, the TypeError for a missing return(), too",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "if (array) { item = array[taken] as T; return taken < array.length; }",
    mutant: "if (array) {}",
    reason: "An array's own iterator gives the same items: counting only saves its steps",
  },
  {
    file: "src/patterns/combine/map-concurrent.ts",
    code: "if (array) {",
    mutant: "if (false) {",
    reason: "An array's own iterator gives the same items: counting only saves its steps",
  },
  {
    file: "src/patterns/combine/run-all.ts",
    code: "if (left < 0) return;",
    mutant: "if (false) return;",
    reason: "A failure after the end changes nothing: a promise settles once, a scope aborts once",
  },
  {
    file: "src/patterns/combine/run-all.ts",
    code: "if (left < 0) return;",
    mutant: "if (left <= 0) return;",
    reason: "It is never 0 here: the last end sets it to -1 in the same step",
  },
  {
    file: "src/patterns/combine/run-all.ts",
    code: "if (left < 0) return;",
    mutant: "if (left <= 0) return;",
    reason: "It is never 0 here: the last end sets it to -1 in the same step",
  },
  {
    file: "src/patterns/combine/run-all.ts",
    code: "left = -1;",
    mutant: "left = +1;",
    reason: "Whatever comes after the end changes nothing: a promise settles once",
  },
  {
    file: "src/patterns/combine/run-all.ts",
    code: "while (left > 0 && next < Math.min(concurrency, list.length)) start();",
    mutant: "while (left >= 0 && next < Math.min(concurrency, list.length)) start();",
    reason: "Where none is left at the start there are no tasks, and none to start",
  },
  {
    file: "src/patterns/combine/start-all.ts",
    code: "if (over) onGivenUp(signal?.reason);",
    mutant: "if (over) onGivenUp(signal.reason);",
    reason: "It is over only where there is a signal",
  },
  {
    file: "src/patterns/combine/take.ts",
    code: 'if (typeof list[index] !== "function")',
    mutant: "if (true)",
    reason: "The check that follows looks again: this saves making its message for each task",
  },
  {
    file: "src/patterns/combine/take.ts",
    code: 'if (typeof list[index] !== "function")',
    mutant: 'if (typeof list[index] !== "")',
    reason: "The check that follows looks again: this saves making its message for each task",
  },
];
