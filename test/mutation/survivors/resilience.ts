import type { Survivor } from "../survivors.ts";

export const resilience: readonly Survivor[] = [
  {
    file: "src/patterns/resilience/chaos.ts",
    code: "return rate > 0 && random() < rate && random;",
    mutant: "return true && random() < rate && random;",
    reason: "No number that is drawn is below a rate of 0: the question only saves drawing one",
  },
  {
    file: "src/patterns/resilience/chaos.ts",
    code: "return rate > 0 && random() < rate && random;",
    mutant: "return rate >= 0 && random() < rate && random;",
    reason: "No number that is drawn is below a rate of 0: the question only saves drawing one",
  },
  {
    file: "src/patterns/resilience/chaos.ts",
    code: "return rate > 0 && random() < rate && random;",
    mutant: "return rate > 0 && random() <= rate && random;",
    reason: "A number that is drawn is one of 2^32, and a rate is next to never the same one",
  },
  {
    file: "src/patterns/resilience/circuit-breaker.ts",
    code: "const [pass, fail] = source || this.#window.timed ? this.#ends(source) : this.#plain;",
    mutant: "const [pass, fail] = true ? this.#ends(source) : this.#plain;",
    reason: "Each call may have an end of its own: sharing one only saves making it",
  },
  {
    file: "src/patterns/resilience/circuit-breaker.ts",
    code: 'if (this.#state === "half-open" && batch === this.#batch) this.#open++;',
    mutant: "if (true && batch === this.#batch) this.#open++;",
    reason: "While it is closed everybody is let in anyway, and each change of state counts anew",
  },
  {
    file: "src/patterns/resilience/hedge.ts",
    code: "if (most === 0) run.leave();",
    mutant: "if (false) run.leave();",
    reason: "What it would keep is memory, which is measured in a process of its own",
  },
  {
    file: "src/patterns/resilience/retry.ts",
    code: 'if (options === undefined && typeof task === "function") {',
    mutant: "if (false) {",
    reason: "The general way does the same: this one only saves time",
  },
  {
    file: "src/patterns/resilience/retry.ts",
    code: 'if (options === undefined && typeof task === "function") {',
    mutant: 'if (options === undefined && typeof task === "") {',
    reason: "The general way does the same: this one only saves time",
  },
  {
    file: "src/patterns/resilience/retry.ts",
    code: 'if (options === undefined && typeof task === "function") { // As most are called: all that is kept f … > goOn(task, nothing, nothing, 0, { error }), ); }',
    mutant: 'if (options === undefined && typeof task === "function") {}',
    reason: "The general way does the same: this one only saves time",
  },
  {
    file: "src/patterns/resilience/retry.ts",
    code: "return begin(task, caller, options, options.maxElapsed === undefined ? 0 : performance.now());",
    mutant: "return begin(task, caller, options, false ? 0 : performance.now());",
    reason: "Without a maxElapsed nothing is compared with it: this only saves a look at the clock",
  },
  {
    file: "src/patterns/resilience/trip-rules.ts",
    code: "isSlow: () => false,",
    mutant: "isSlow: () => undefined,",
    reason: "It is asked only for what is true",
  },
  {
    file: "src/patterns/resilience/trip-rules.ts",
    code: "const last = slices.at(-1);",
    mutant: "const last = slices.at(+1);",
    reason: "The sums are the same: what it would keep is memory, which is measured in a process of its own",
  },
  {
    file: "src/patterns/resilience/trip-rules.ts",
    code: "if (last?.at === at) add(last, slice, 1);",
    mutant: "if (false) add(last, slice, 1);",
    reason: "The sums are the same: what it would keep is memory, which is measured in a process of its own",
  },
];
