import type { Survivor } from "../survivors.ts";

export const core: readonly Survivor[] = [
  {
    file: "src/patterns/core/fifo.ts",
    code: "if (this.#head >= 1_024 && 2 * this.#head >= items.length) {",
    mutant: "if (true && 2 * this.#head >= items.length) {",
    reason: "It only says when the array is tidied",
  },
  {
    file: "src/patterns/core/fifo.ts",
    code: "if (this.#head >= 1_024 && 2 * this.#head >= items.length) {",
    mutant: "if (this.#head > 1_024 && 2 * this.#head >= items.length) {",
    reason: "It only says when the array is tidied",
  },
  {
    file: "src/patterns/core/fifo.ts",
    code: "if (this.#head >= 1_024 && 2 * this.#head >= items.length) {",
    mutant: "if (this.#head >= 1_024 && 2 * this.#head > items.length) {",
    reason: "It only says when the array is tidied",
  },
  {
    file: "src/patterns/core/abort-hub.ts",
    code: 'if (this.empty) this.#source.addEventListener("abort", this, once);',
    mutant: 'if (true) this.#source.addEventListener("abort", this, once);',
    reason: "A listener that is there already is not added again; not to ask is faster",
  },
  {
    file: "src/patterns/core/abort-hub.ts",
    code: "if (Object.isExtensible(source)) return new Heard(source).#hub;",
    mutant: "if (true) return new Heard(source).#hub;",
    reason: "Only in newer engines does a frozen signal take no field",
  },
  {
    file: "src/patterns/core/abort-hub.ts",
    code: "if (Object.isExtensible(source)) return new Heard(source).#hub;",
    mutant: "if (false) return new Heard(source).#hub;",
    reason: "The map does the same as the field, and is slower",
  },
  {
    file: "src/patterns/core/audience.ts",
    code: "if (this.empty) this.#first = one;",
    mutant: "if (false) this.#first = one;",
    reason: "The Set does the same for one; a field saves it",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "if (--this.#live === 0) this.#cancel?.();",
    mutant: "if (--this.#live === 0) this.#cancel();",
    reason:
      "A batch that comes to 0 is armed; the one without a timer is left without being joined, and only goes below 0",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "const batch = new Batch(false);",
    mutant: "const batch = new Batch(true);",
    reason: "The context that is kept then is the one in which the timer fires",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "while (first < all.length && all[first]?.batch === null) first++;",
    mutant: "while (true && all[first]?.batch === null) first++;",
    reason: "Nothing stands after the last one",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "while (first < all.length && all[first]?.batch === null) first++;",
    mutant: "while (first <= all.length && all[first]?.batch === null) first++;",
    reason: "Nothing stands after the last one",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "while (first < all.length && all[first]?.batch === null) first++;",
    mutant: "while (first < all.length && all[first].batch === null) first++;",
    reason: "Only the type says that there may be holes",
  },
  {
    file: "src/patterns/core/deadline.ts",
    code: "else if (patience-- > 0) void resolved.then(look);",
    mutant: "else if (patience-- >= 0) void resolved.then(look);",
    reason: "One microtask more is waited for",
  },
  {
    file: "src/patterns/core/notify.ts",
    code: "const calling = async (): Promise<unknown> => callback?.(event);",
    mutant: "const calling = async (): Promise<unknown> => callback(event);",
    reason: "What calling throws is dropped, the TypeError for a missing callback, too",
  },
  {
    file: "src/patterns/core/runtime.ts",
    code: "if (platform?.setTimeout === clock.setTimeout) return;",
    mutant: "if (false) return;",
    reason: "It would be found out anew, with the same result",
  },
  {
    file: "src/patterns/core/settlement.ts",
    code: "return #reaction in promise && !promise.#reaction.over;",
    mutant: "return true;",
    reason: "To share a reaction that nobody else has costs more, and tells the same",
  },
  {
    file: "src/patterns/core/settlement.ts",
    code: "if (Watched.isShared(promise)) watch(promise, watcher);",
    mutant: "if (true) watch(promise, watcher);",
    reason: "To share a reaction that nobody else has costs more, and tells the same",
  },
];
