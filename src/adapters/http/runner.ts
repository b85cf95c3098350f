import {
  Bulkhead,
  CircuitBreaker,
  compose,
  keyed,
  retry,
  retryPolicy,
  StopRetry,
  timeout,
  timeoutPolicy,
  type Keyable,
  type Outcome,
  type Policy,
  type TaskContext,
} from "yieldpoint";
import type { Answer, HttpAnswer } from "./answer.ts";
import { checkNumber } from "../../patterns/core/check.ts";
import { checkList, checkPerOrigin } from "./check.ts";
import { isNetworkError } from "./network-error.ts";
import type { PerOrigin, ResilienceOptions } from "./options.ts";
import { isReplayable } from "./replayable.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Where a request goes; a symbol for an origin that is not told. */
type Origin = string | symbol;

/** One request of a caller. */
export interface Call<A extends Answer> {
  readonly origin: Origin;
  readonly method: string;
  readonly body: unknown;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** Whether it has an Idempotency-Key header; asked only of one that has failed. */
  hasKey(): boolean;
  /** Sends it, and resolves when the headers of the answer have come. */
  send(context: TaskContext): Promise<A>;
}

/** Sends a request under the options: gives the answer that the caller is to have, all others are let go. */
export type Runner = <A extends Answer>(call: Call<A>) => Promise<A>;

const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
const PASSING = [408, 429, 502, 503, 504];
// Milliseconds after which an origin that nobody calls is forgotten.
const IDLE = 300_000;

/** Looks at the options; `name` is whose they are. */
export function runner(name: string, options: ResilienceOptions): Runner {
  const { attempts, backoff, budget, breaker, bulkhead, policy } = options;
  const { maxRetryAfter = 60_000, timeout: headersTimeout = 30_000, bodyTimeout = Infinity } = options;
  checkNumber(`${name}: maxRetryAfter`, maxRetryAfter, 0);
  checkNumber(`${name}: timeout`, headersTimeout, 0);
  checkNumber(`${name}: bodyTimeout`, bodyTimeout, 0);
  const statuses = checkList(`${name}: statuses`, "number", options.statuses ?? PASSING);
  const listed = checkList(`${name}: methods`, "string", options.methods ?? IDEMPOTENT);
  const methods = new Set([...listed].map((method) => method.toUpperCase()));
  if (breaker !== undefined) checkPerOrigin(`${name}: breaker`, breaker);
  if (bulkhead !== undefined) checkPerOrigin(`${name}: bulkhead`, bulkhead);
  retryPolicy({ attempts, backoff, budget });
  if (policy !== undefined && typeof policy !== "function") compose(policy);

  const around: readonly ((origin: Origin) => Policy)[] = [
    ...(bulkhead ? [eachOrigin(bulkhead, (each) => new Bulkhead(each))].map(heldUntilOver) : []),
    ...(breaker ? [eachOrigin(breaker, makeBreaker)] : []),
    () => timeoutPolicy(headersTimeout),
  ];
  const own = typeof policy === "function" ? eachOrigin(policy, keepable) : () => policy;
  const wait = (answer: HttpAnswer) => parseRetryAfter(answer.headers.get("retry-after"));

  return async <A extends Answer>(call: Call<A>): Promise<A> => {
    const { origin, signal } = call;
    const answers = new Set<A>();
    let ended = false;
    const isRepeatable = (): boolean =>
      (methods.has(call.method.toUpperCase()) || call.hasKey()) && isReplayable(call.body);

    const send = async (context: TaskContext): Promise<A> => {
      const answer = await call.send(context);
      answers.add(answer);
      if (ended || context.signal.aborted) {
        // A policy has let it go, and nobody would release it.
        answer.abort(context.signal.reason);
      } else if (signal || bodyTimeout < Infinity) {
        timeout(() => answer.over, bodyTimeout, { signal }).catch((reason: unknown) => answer.abort(reason));
      }
      return answer;
    };
    const inner = compose(...around.map((make) => make(origin)));
    let first: Promise<A> | undefined;
    const attempt = (context: TaskContext): Promise<A> => {
      if (!first || isRepeatable()) return (first = inner.execute(send, context));
      // The policy repeats what may not be repeated. The retry outside gives the cause.
      return first.catch((cause: unknown) => {
        throw new StopRetry(cause);
      });
    };
    try {
      const answer = await retry<A>((context) => own(origin)?.execute(attempt, context) ?? attempt(context), {
        attempts,
        backoff,
        budget,
        signal,
        when: (error) => isNetworkError(error) && isRepeatable(),
        whenResult: (each) =>
          statuses.has(each.status) && isRepeatable() && !((wait(each) ?? 0) > maxRetryAfter),
        retryAfter: (failure) => (answers.has(failure as A) ? wait(failure as A) : undefined),
        onRetry: ({ value }) => value?.abort(letGo()),
      });
      // The types refuse a policy with an answer of its own; plain JavaScript does not.
      if (!answers.delete(answer)) throw new TypeError(`${name}: the policy must answer as its task does`);
      return answer;
    } finally {
      ended = true;
      for (const answer of answers) answer.abort(letGo());
    }
  };
}

function letGo(): Error {
  return new Error("the answer was let go for another attempt");
}

/** The one of an origin is looked up at each call: an idle one may have been dropped. */
function eachOrigin<O extends object>(
  options: PerOrigin<O>,
  make: (options: O) => Policy & Keyable,
): (origin: Origin) => Policy {
  // Bad options are refused now, not at the first call.
  if (typeof options !== "function") make(options);
  const optionsOf = (origin: Origin): O =>
    typeof options === "function" ? options(typeof origin === "string" ? origin : "") : options;
  const kept = keyed((origin: Origin) => make(optionsOf(origin)), { idle: IDLE });
  return (origin) => ({ execute: async (task, caller) => kept.for(origin).execute(task, caller) });
}

/** A policy as one that can be kept: it need not have `stats()`, and is in use at least while it runs. */
function keepable(policy: Policy): Policy & Keyable {
  const own = policy as Partial<Keyable> | undefined;
  // Who looks a policy up may have none for this origin, whatever the types say.
  const inner = policy ?? compose();
  let running = 0;
  return {
    execute: async (task, caller) => {
      running++;
      try {
        return await inner.execute(task, caller);
      } finally {
        running--;
      }
    },
    get paused() {
      return own?.paused;
    },
    stats: () => (running > 0 || typeof own?.stats !== "function" ? { held: running } : own.stats()),
  };
}

function makeBreaker(options: ConstructorParameters<typeof CircuitBreaker>[0] & object): CircuitBreaker {
  return new CircuitBreaker({ ...options, isFailure: options.isFailure ?? isFailure });
}

function isFailure(outcome: Outcome): boolean {
  return "error" in outcome ? isNetworkError(outcome.error) : (outcome.value as HttpAnswer).status >= 500;
}

/** Answers when the task has, but keeps the slot until the answer's body is over. */
function heldUntilOver(bulkheads: (origin: Origin) => Policy): (origin: Origin) => Policy {
  return (origin) => ({
    execute: (task, caller) =>
      new Promise((resolve, reject) => {
        const holding = bulkheads(origin).execute(async (context) => {
          const answer = await task(context);
          resolve(answer);
          await (answer as Answer).over;
        }, caller);
        holding.catch(reject);
      }),
  });
}
