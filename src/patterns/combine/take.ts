import { check, checkFunction } from "../core/check.ts";

/** Takes all that an iterable gives; refuses anything else, the record of tasks too that `gather` takes. */
export function takeAll<T>(name: string, what: string, items: Iterable<T>): T[] {
  check(
    typeof items === "object" && Symbol.iterator in Object(items),
    `${name}: tasks`,
    `an iterable of ${what}`,
    items,
  );
  return [...items];
}

/** Refuses what is no task, by its place or its name. */
export function checkTasks(name: string, list: readonly unknown[], keys?: readonly string[]): void {
  for (let index = 0; index < list.length; index++) {
    if (typeof list[index] !== "function")
      checkFunction(`${name}: task ${keys?.[index] ?? index}`, list[index]);
  }
}
