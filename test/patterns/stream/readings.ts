import * as fc from "fast-check";
import { sleep, type ItemStream } from "yieldpoint";
import type { VirtualClock } from "yieldpoint/testing";
import { expect } from "vitest";
import { failure, item, silence, WatchedSource, type Step } from "../../support/sources.ts";
import { complaints, listeners } from "../../support/waiting.ts";

export const ms = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });

/** What a source does: items, and how it ends. */
export const plan = fc.record({
  delays: fc.array(ms, { maxLength: 8 }),
  end: fc.constantFrom("end", "end", "end", "failure", "silence"),
  endsAfter: ms,
});
export type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** How it is read. */
export const reading = fc.record({
  /** How long each result is used. */
  uses: fc.array(ms, { minLength: 1, maxLength: 4 }),
  breakAfter: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  abortAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
});
export type Reading = typeof reading extends fc.Arbitrary<infer R> ? R : never;

export const down = new Error("down");

export function sourceOf({ delays, end, endsAfter }: Plan, name = "item"): WatchedSource<string> {
  const steps: Step<string>[] = delays.map((delay, index) => item(`${name} ${index}`, delay));
  if (end === "failure") steps.push(failure(down, endsAfter));
  if (end === "silence") steps.push(silence);
  return new WatchedSource(...steps);
}

export function namesOf({ delays }: Plan, name = "item"): string[] {
  return delays.map((_, index) => `${name} ${index}`);
}

export interface Outcome<T> {
  readonly seen: T[];
  readonly how: "end" | "failure" | "break" | "abort" | "silence";
}

/** Reads a stream as the plan says, until it is over or nothing more happens. */
export async function read<T>(
  clock: VirtualClock,
  { uses, breakAfter, abortAt }: Reading,
  make: (signal: AbortSignal) => ItemStream<T>,
  check: (seen: readonly T[]) => void,
): Promise<Outcome<T>> {
  const controller = new AbortController();
  const seen: T[] = [];
  let how: Outcome<T>["how"] = "silence";
  const stream = make(controller.signal);
  const loop = async (): Promise<void> => {
    try {
      for await (const value of stream) {
        seen.push(value);
        check(seen);
        await sleep(uses[seen.length % uses.length] ?? 0);
        check(seen);
        if (seen.length === breakAfter) {
          how = "break";
          break;
        }
      }
      if (how !== "break") how = "end";
    } catch (error) {
      if (error !== down && error !== controller.signal.reason) throw error;
      how = error === down ? "failure" : "abort";
    }
  };
  const looping = loop();
  if (abortAt !== undefined) setTimeout(() => controller.abort(), abortAt);
  await clock.advance(2_000);
  if (how === "silence") {
    // Only a silent source keeps a loop waiting, and leaving the stream ends it.
    await stream.return();
    await looping;
    how = "silence";
  }
  await looping;
  expect(listeners(controller.signal)).toBe(0);
  expect(clock.pending).toStrictEqual([]);
  return { seen, how };
}

/** Every source that was opened has ended by itself, or was closed once. */
export function expectClosed(sources: readonly WatchedSource<unknown>[]): void {
  expect(sources.map(({ misused }) => misused)).toStrictEqual(sources.map(() => false));
  for (const { opened, over, closed } of sources) {
    // A source that owes an item may still end by itself after it was closed.
    if (opened === 0) expect(closed).toBe(0);
    else if (closed !== 1) expect({ over, closed }).toStrictEqual({ over: true, closed: 0 });
  }
}

export function expectPrefix(seen: readonly unknown[], all: readonly unknown[], isWhole: boolean): void {
  expect(seen).toStrictEqual(isWhole ? all : all.slice(0, seen.length));
}

export async function holds<T>(given: fc.Arbitrary<T>, body: (given: T) => Promise<void>): Promise<void> {
  const found = await complaints(() =>
    fc.assert(fc.asyncProperty(given, body), { numRuns: 200, seed: 20_261_120 }),
  );
  expect(found).toStrictEqual([]);
}
