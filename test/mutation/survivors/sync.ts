import type { Survivor } from "../survivors.ts";

export const sync: readonly Survivor[] = [
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "const consumer = this.#consumers.size > 0 ? this.#consumers.next() : undefined;",
    mutant: "const consumer = this.#consumers.size >= 0 ? this.#consumers.next() : undefined;",
    reason: "The next one of an empty line is undefined: the size is looked at to save a call",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "const consumer = this.#consumers.size > 0 ? this.#consumers.next() : undefined;",
    mutant: "const consumer = true ? this.#consumers.next() : undefined;",
    reason: "The next one of an empty line is undefined: the size is looked at to save a call",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "consumer.data.waits--;",
    mutant: "consumer.data.waits++;",
    reason: "A count that is too high only makes return() look through the line in vain",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "if (loop.waits > 0) {",
    mutant: "if (loop.waits >= 0) {",
    reason: "Where none waits, looking through the line finds none",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "if (loop.waits > 0) {",
    mutant: "if (true) {",
    reason: "Where none waits, looking through the line finds none",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "const producer = this.#producers.size > 0 ? this.#producers.next() : undefined;",
    mutant: "const producer = this.#producers.size >= 0 ? this.#producers.next() : undefined;",
    reason: "The next one of an empty line is undefined: the size is looked at to save a call",
  },
  {
    file: "src/patterns/sync/async-queue.ts",
    code: "const producer = this.#producers.size > 0 ? this.#producers.next() : undefined;",
    mutant: "const producer = true ? this.#producers.next() : undefined;",
    reason: "The next one of an empty line is undefined: the size is looked at to save a call",
  },
  {
    file: "src/patterns/sync/barrier.ts",
    code: "if (isLast()) this.#line.sweep(() => false);",
    mutant: "if (isLast()) this.#line.sweep(() => undefined);",
    reason: "Undefined says the same as false",
  },
  {
    file: "src/patterns/sync/line.ts",
    code: "if (this.size && this.#places.length <= 2 * this.size + 64) return;",
    mutant: "if (this.size && this.#places.length < 2 * this.size + 64) return;",
    reason: "The line is tidied one place earlier",
  },
  {
    file: "src/patterns/sync/line.ts",
    code: "if (this.size && this.#places.length <= 2 * this.size + 64) return;",
    mutant: "if (this.size && this.#places.length <= 2 * this.size - 64) return;",
    reason: "The line is tidied earlier, but still only once as many have left as wait",
  },
  {
    file: "src/patterns/sync/line.ts",
    code: "if (source !== undefined) {",
    mutant: "if (true) {",
    reason: "Without a source there is nothing to listen to: this saves a function for each who waits",
  },
];
