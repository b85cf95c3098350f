import { bare, ours, peer, type Bench, type Candidate, type Measure, type Row } from "../row.ts";
import { keep, keptBytes, sequence, steady, verify } from "../timing.ts";

const PENDING = 50_000;
// Each of cockatiel's calls walks the listeners of all the others.
const PENDING_COCKATIEL = 5_000;
const MINUTE = 60_000;

type Context = { readonly signal: AbortSignal };
type Work = (context: Context) => Promise<number>;
/** Puts retry, breaker, timeout and bulkhead around a task, from outermost to innermost. */
type Stack = (bench: Bench, task: Work) => Promise<() => Promise<unknown>>;

const fast: Work = async () => 1;
const readsSignal: Work = async ({ signal }) => (signal.aborted ? -1 : 1);

// As with real work, something else could still settle what is pending: it is not collected.
const pendingCalls: ((value: number) => void)[] = [];
const endless: Work = () => new Promise((resolve) => pendingCalls.push(resolve));
const endlessReading: Work = ({ signal }) =>
  new Promise((resolve) => signal.aborted || pendingCalls.push(resolve));

const { signal: never } = new AbortController();
const none: Stack = async (_, task) => () => task({ signal: never });

const yieldpoint: Stack = async ({ library }, task) => {
  const { Bulkhead, CircuitBreaker, compose, retryPolicy, timeoutPolicy } = library;
  const policy = keep(
    compose(
      retryPolicy({ attempts: 3 }),
      new CircuitBreaker(),
      timeoutPolicy(MINUTE),
      new Bulkhead({ concurrency: Infinity }),
    ),
  );
  return () => policy.execute(task);
};

const cockatiel: Stack = async ({ load }, task) => {
  interface Package {
    readonly handleAll: unknown;
    readonly TimeoutStrategy: { readonly Aggressive: string };
    readonly ConsecutiveBreaker: new (failures: number) => object;
    readonly circuitBreaker: (policy: unknown, options: { halfOpenAfter: number; breaker: object }) => object;
    readonly retry: (policy: unknown, options: { maxAttempts: number }) => object;
    readonly timeout: (ms: number, strategy: string) => object;
    readonly bulkhead: (limit: number, queue: number) => object;
    readonly wrap: (...policies: object[]) => { execute: (run: Work) => Promise<unknown> };
  }
  const all = await load<Package>("cockatiel");
  const { handleAll, ConsecutiveBreaker, TimeoutStrategy } = all;
  const policy = keep(
    all.wrap(
      all.retry(handleAll, { maxAttempts: 3 }),
      all.circuitBreaker(handleAll, { halfOpenAfter: MINUTE, breaker: new ConsecutiveBreaker(5) }),
      all.timeout(MINUTE, TimeoutStrategy.Aggressive),
      all.bulkhead(Infinity, 0),
    ),
  );
  return () => policy.execute(task);
};

/** What people stack by hand. */
const singles: Stack = async ({ load }, task) => {
  type Run = () => Promise<unknown>;
  type Named<T> = { readonly default: T };
  type Breaker = new (run: Run, options: object) => { fire(): Promise<unknown> };
  type Within = (promise: Promise<unknown>, options: { milliseconds: number }) => Promise<unknown>;
  const { default: retry } = await load<Named<(run: Run, options: object) => Promise<unknown>>>("p-retry");
  const { default: CircuitBreaker } = await load<Named<Breaker>>("opossum");
  const { default: within } = await load<Named<Within>>("p-timeout");
  const { default: limiter } =
    await load<Named<(concurrency: number) => (run: Run) => Promise<unknown>>>("p-limit");
  const limit = keep(limiter(Infinity));
  const work: Run = () =>
    within(
      limit(() => task({ signal: never })),
      { milliseconds: MINUTE },
    );
  const breaker = keep(new CircuitBreaker(work, { timeout: false, resetTimeout: MINUTE }));
  return () => retry(() => breaker.fire(), { retries: 2 });
};

type Kind = (stack: Stack, task: Work, count?: number) => Measure;

const oneByOne: Kind = (stack, task) => async (bench) => {
  const run = await stack(bench, task);
  const time = await steady(sequence(5_000, run), 5_000, bench.budget);
  verify((await run()) === 1, "the result is not that of the task");
  return time;
};

const pending: Kind =
  (stack, task, count = PENDING) =>
  async (bench) => {
    const run = await stack(bench, task);
    const bytes = await keptBytes(count, run);
    verify(pendingCalls.length >= count, "fewer tasks run than were started");
    return bytes;
  };

function candidates(kind: Kind, task: Work, reading: Work): Candidate[] {
  return [
    bare(kind(none, task)),
    ours(kind(yieldpoint, task)),
    ours(kind(yieldpoint, reading), "signal read"),
    peer("cockatiel", kind(cockatiel, task, PENDING_COCKATIEL), { note: "wrap" }),
    peer("p-retry", kind(singles, task), {
      name: "p-retry, opossum, p-timeout, p-limit",
      more: ["opossum", "p-timeout", "p-limit"],
      note: "stacked by hand; opossum with timeout: false",
    }),
  ];
}

const needs = ["compose", "retryPolicy", "timeoutPolicy"];

export const policyRows: readonly Row[] = [
  {
    name: "policy",
    title: "retry, breaker, timeout and bulkhead composed around a call that succeeds, one after the other",
    unit: "ns/call",
    short: true,
    needs,
    goals: [{ ratio: 0.045, against: "cockatiel" }],
    candidates: candidates(oneByOne, fast, readsSignal),
  },
  {
    name: "policy-memory",
    title: "heap for each of 50k pending calls (cockatiel: 5k) under the same policies",
    unit: "B/call",
    needs,
    goals: [
      {
        ratio: 0.22,
        tried:
          "One scope from outermost to innermost and no listener where nothing can abort. Two thirds are the timeout and the repetition: a promise, two " +
          "reactions and a context each.",
      },
    ],
    candidates: candidates(pending, endless, endlessReading),
  },
];
