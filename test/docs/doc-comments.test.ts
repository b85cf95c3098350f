import { describe, expect, test } from "vitest";
import { allSymbols, callables, options } from "./symbols.ts";

const symbols = allSymbols();
const functions = symbols.flatMap(callables);

function told(wrong: readonly { readonly name: string; readonly file: string }[], what: string): string[] {
  return wrong.map(({ name, file }) => `${file}: ${name} ${what}`);
}

describe("the doc comments of what is public", () => {
  test("every symbol has one that starts with a sentence", () => {
    const wrong = symbols.filter(({ doc }) => doc === undefined || !/^\S[^]*?[.:]/.test(doc.summary));
    expect(symbols.length).toBeGreaterThan(0);
    expect(told(wrong, "has no doc comment with a sentence")).toEqual([]);
  });

  test("every value has an example", () => {
    const wrong = symbols.filter(({ isValue, doc }) => isValue && !doc?.examples.length);
    expect(told(wrong, "has no @example with a ```ts block")).toEqual([]);
  });

  test("every parameter is documented, in order", () => {
    const wrong = functions.flatMap(({ name, file, params, doc }) => {
      const documented = (doc?.params ?? []).map(({ name: param }) => param);
      const fits =
        documented.length === params.length &&
        params.every((param, index) => param === undefined || param === documented[index]);
      const taken = params.map((param) => param ?? "options").join(", ");
      return fits
        ? []
        : [`${file}: ${name} takes (${taken}), its @param tags say (${documented.join(", ")})`];
    });
    expect(functions.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  test("every function that can reject says with what", () => {
    const wrong = functions.filter(({ promise, doc }) => promise !== undefined && doc?.throws === undefined);
    expect(told(wrong, "gives a promise, but has no @throws")).toEqual([]);
  });

  test("every function that resolves with a value says with which", () => {
    const wrong = functions.filter(({ promise, doc }) => promise?.hasValue && doc?.returns === undefined);
    expect(told(wrong, "resolves with a value, but has no @returns")).toEqual([]);
  });

  test("every option is documented", () => {
    const all = symbols.flatMap(options);
    expect(all.length).toBeGreaterThan(0);
    expect(
      told(
        all.filter(({ doc }) => !doc?.summary),
        "has no doc comment",
      ),
    ).toEqual([]);
  });
});
