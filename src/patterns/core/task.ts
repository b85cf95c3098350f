/** What a pattern hands to the task that it runs. */
export interface TaskContext {
  /**
   * Aborts when the result is no longer wanted: a sibling failed, the deadline passed, the caller gave up.
   * It is made when it is first read, so a task that ignores it pays nothing for it. A copy that is spread, `{ ...context }`, has none.
   */
  readonly signal: AbortSignal;
  /** 1, and one more for each repetition under `retry`, or each further copy under `hedge`. */
  readonly attempt: number;
}

/**
 * Work that has not started yet. It is a function, because a promise has already started: it could be neither
 * limited, nor repeated, nor told to stop.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { timeout, type Task } from "yieldpoint";
 *
 * const greet: Task<string> = ({ attempt }) => `hello, attempt ${attempt}`;
 * assert.equal(await timeout(greet, 1_000), "hello, attempt 1");
 * ```
 */
export type Task<T> = (context: TaskContext) => T | PromiseLike<T>;

/** The one option of everything that can be given up. */
export interface AbortOptions {
  /** Gives up when it aborts, rejecting with `signal.reason` itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Something that runs a task under a rule: a limit, a breaker, a repetition. `R` is what it may answer in the
 * task's place. One of your own that answers is handed to `compose` as a `Policy<R>`: what a class itself may answer, the compiler cannot
 * tell from its `execute`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CircuitBreaker, Semaphore, type Policy } from "yieldpoint";
 *
 * const policies: Policy[] = [new Semaphore(2), new CircuitBreaker()];
 * for (const policy of policies) assert.equal(await policy.execute(() => 42), 42);
 * ```
 */
export interface Policy<R = never> {
  execute<T>(task: Task<T>, options?: AbortOptions): Promise<T | R>;
  /** For the compiler alone, which cannot tell from `execute` what it may answer: there is no such property. */
  readonly [answer]?: () => R;
}

declare const answer: unique symbol;

/** What a policy may answer in the task's place. */
export type Answer<P> = P extends unknown
  ? typeof answer extends keyof P
    ? P extends { readonly [answer]?: () => infer R }
      ? R
      : never
    : never
  : never;

/** Calls a task so that a sync throw is a rejection, and a plain result or any thenable is a promise. */
export function call<T>(task: Task<T>, context: TaskContext): Promise<T> {
  try {
    return Promise.resolve(task(context));
  } catch (error) {
    return Promise.reject(error);
  }
}
