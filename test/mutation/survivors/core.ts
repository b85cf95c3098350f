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
];
