import type { Matcher } from "vitest";
import {
  drawTimeline,
  expectTimeline,
  FactError,
  leakCheck,
  observe,
  type ExpectedTimeline,
  type LeakCheckOptions,
  type Observed,
  type Timeline,
} from "yieldpoint/testing";
import { check } from "../../patterns/core/check.ts";

/** What `expect` can do once it has got the {@link matchers}. */
export interface TimelineMatchers {
  /** As `expectTimeline`, for `expect(timeline)`: the failure says where the timelines part, and draws both. */
  readonly toMatchTimeline: (expected: ExpectedTimeline, rule?: string) => void;
  /**
   * For `expect(promise)`: waits for it, and passes if it settles at this virtual time, well or not. The promise is given as soon as it
   * is made, or observed since then. To be awaited where time moves: in a scenario, or in a body given to `clock.run`.
   */
  readonly toSettleAt: (ms: number) => Promise<void>;
  /** As `leakCheck`, for `expect(body)`: passes if the body leaves nothing behind. */
  readonly toLeaveNothing: (options?: LeakCheckOptions) => Promise<void>;
}

declare global {
  namespace Chai {
    // Here, because Vitest's own interface for this has one type parameter in version 4 and two in version 5.
    interface Assertion extends TimelineMatchers {}
  }
}

/** What a matcher of {@link matchers} gives to Vitest. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers as `expect.extend` takes them: each gets what `expect` was given, and then what the matcher is given. */
export type MatcherFunctions = {
  readonly toMatchTimeline: (timeline: Timeline, expected: ExpectedTimeline, rule?: string) => MatcherResult;
  readonly toSettleAt: (
    promise: PromiseLike<unknown> | Observed<unknown>,
    ms: number,
  ) => Promise<MatcherResult>;
  readonly toLeaveNothing: (body: () => unknown, options?: LeakCheckOptions) => Promise<MatcherResult>;
};

/**
 * Matchers for Vitest, which is an optional peer: `expect.extend(matchers)`, best in a setup file.
 *
 * They are `expect(timeline).toMatchTimeline(expected, rule)`, `await expect(promise).toSettleAt(ms)` and
 * `await expect(body).toLeaveNothing(options)`. Importing this module makes their types known.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { recordTimeline, virtualTime } from "yieldpoint/testing";
 * import { matchers } from "yieldpoint/testing/vitest";
 * import { expect } from "vitest";
 *
 * expect.extend(matchers);
 *
 * // What a test writes as expect(timeline).toMatchTimeline({ users: [0, 50] }):
 * using clock = virtualTime();
 * const timeline = recordTimeline(clock);
 * await clock.run(timeline.service("users", 100));
 * const { pass, message } = matchers.toMatchTimeline(timeline, { users: [0, 50] });
 * assert.equal(pass, false);
 * assert.match(message(), /users ended at 100 ms, expected 50 ms/);
 * ```
 */
export const matchers: MatcherFunctions = {
  toMatchTimeline(timeline, expected, rule) {
    check(Array.isArray(timeline?.spans), given("toMatchTimeline"), "a timeline", timeline);
    try {
      expectTimeline(timeline, expected, rule);
    } catch (error) {
      return failed(error);
    }
    const drawing = drawTimeline(timeline, { label: "you" });
    return { pass: true, message: () => `The timeline is the one that it must not be:\n\n${drawing}` };
  },

  async toSettleAt(promise, ms) {
    const isPromise =
      typeof promise === "object" && promise !== null && ("then" in promise || "status" in promise);
    check(isPromise, given("toSettleAt"), "a promise", promise);
    check(ms >= 0, "toSettleAt: ms", "a number >= 0", ms);
    if (Reflect.get(Date, "isFake") !== true) throw new Error("toSettleAt: no virtual clock is installed");
    const { status, at } = "then" in promise ? await settled(promise) : promise;
    const pass = at === ms;
    const when =
      status === "pending" ? `is still pending at t=${performance.now()}` : `was ${status} at t=${at}`;
    const wanted = pass ? "not have settled then" : `have settled at t=${ms}`;
    return { pass, message: () => `The promise ${when} virtual ms, and should ${wanted}.` };
  },

  async toLeaveNothing(body, options) {
    let ended = false;
    try {
      await leakCheck(async () => {
        await body();
        ended = true;
      }, options);
    } catch (error) {
      if (ended) return failed(error);
      throw error;
    }
    return { pass: true, message: () => "The body left nothing behind, and should have." };
  },
} satisfies Record<string, Matcher>;

function given(matcher: string): string {
  return `${matcher}: what expect() is given`;
}

async function settled(promise: PromiseLike<unknown>): Promise<Observed<unknown>> {
  const observed = observe(promise);
  await Promise.allSettled([promise]);
  return observed;
}

function failed(error: unknown): MatcherResult {
  if (!(error instanceof FactError)) throw error;
  const { message } = error;
  return { pass: false, message: () => message };
}
