import { check, show } from "../patterns/core/check.ts";

/** An option that is one of two words, or left out. */
export function checkWord(what: string, value: unknown, words: readonly [string, string]): void {
  const ok = value === undefined || value === words[0] || value === words[1];
  check(ok, what, words.map(show).join(" or "), value);
}
