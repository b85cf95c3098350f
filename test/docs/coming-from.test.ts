import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../package/dist.ts";
import { Workshop, type Example } from "./examples.ts";

const file = "book/coming-from.md";

/** What the tables' calls are made of. */
const given = `
import {
  AsyncCache, AsyncQueue, background, backoff, batch, buffer, Bulkhead, CircuitBreaker, CircuitOpenError, compose, consecutive, countWindow,
  fallbackPolicy, gather, gatherSettled, HealthMonitor, keyed, mapConcurrent, mapStream, Mutex, QueueFullError, RateLimiter, retry,
  retryPolicy, Semaphore, singleFlight, StopRetry, timeout, TimeoutError, timeoutPolicy, timeWindow, type Keyed, type Permit, type Policy,
  type Task,
} from "yieldpoint";
declare const semaphore: Semaphore;
declare const mutex: Mutex;
declare const limiter: RateLimiter;
declare const queue: AsyncQueue<number>;
declare const breaker: CircuitBreaker;
declare const cache: AsyncCache<string, number>;
declare const policy: Policy;
declare const load: (key: string) => Promise<number>;
declare const perKey: Keyed<string, Semaphore>;
declare const permit: Permit;
declare const task: Task<number>;
declare const tasks: readonly Task<number>[];
declare const fn: (item: number, index: number) => Promise<number>;
declare const maybe: (item: number) => Promise<number | undefined>;
declare const items: Iterable<number> | AsyncIterable<number>;
declare const list: readonly number[];
declare const promises: readonly Promise<number>[];
declare const promise: Promise<number>;
declare const request: Promise<number> & { cancel(): void };
declare const signal: AbortSignal;
declare const error: unknown;
`;

/** The code in the second column, each piece a whole statement. */
function calls(): Example[] {
  return readFileSync(path.join(root, file), "utf8")
    .split("\n")
    .flatMap((line, index) => {
      const [, , cell = ""] = line.startsWith("|") ? line.split(/(?<!\\)\|/) : [];
      return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => ({
        title: `${file}:${index + 1}: ${code}`,
        line: index + 1,
        code: `${given}export async function example() {\n  ${code.replaceAll("\\|", "|")}\n}`,
      }));
    });
}

const examples = calls();
const wrong = { title: "mistyped", line: 1, code: `${given}semaphore.acquire(2);` };
let workshop: Workshop;

beforeAll(() => {
  workshop = new Workshop([...examples, wrong]);
});

afterAll(() => workshop.remove());

test("every call in the tables compiles", { timeout: 60_000 }, async () => {
  expect(examples.length).toBeGreaterThan(100);
  const errors = await workshop.typeErrors();
  // The one that is wrong on purpose proves that all were looked at.
  expect(errors.filter((line) => !line.startsWith("mistyped:"))).toEqual([]);
  expect(errors).toEqual([expect.stringMatching(/^mistyped: error TS2559/)]);
});
