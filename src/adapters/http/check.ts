import { check } from "../../patterns/core/check.ts";

/** Gives a list as a set. */
export function checkList<T>(what: string, type: "number" | "string", list: readonly T[]): Set<T> {
  const ok = Array.isArray(list) && list.every((item) => typeof item === type);
  check(ok, what, `an array of ${type}s`, list);
  return new Set(list);
}

/** Options, or a function that gives some. */
export function checkPerOrigin(what: string, value: unknown): void {
  check(Object(value) === value, what, "options or a function", value);
}
