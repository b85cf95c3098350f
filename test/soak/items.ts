import { setTimeout as pause } from "node:timers/promises";
import { Fault, type Actor } from "./actor.ts";

/** The items as a source gives them that takes its time, and sometimes fails. */
export async function* items<T>(actor: Actor, values: Iterable<T>): AsyncGenerator<T, void> {
  for (const value of values) {
    if (actor.random.chance(0.3)) await pause(actor.random.below(3));
    if (actor.random.chance(0.02)) throw new Fault();
    yield value;
  }
}

export function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, n) => n);
}
