import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CircuitBreaker, CircuitOpenError, type AbortOptions, type StateChange } from "yieldpoint";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { deferred, type Deferred } from "../../support/waiting.ts";
import { Model, toTripRule, type End, type Rates, type Rule } from "./breaker-model.ts";

const COOLDOWN = 10;

/** How a call is made, and how its task ends. */
type How = "plain" | "with a signal" | "in a scope";
type TaskEnd =
  "value" | "bad value" | "failure" | "waved through" | "value after an abort" | "failure after an abort";

type Step =
  | { readonly do: "start"; readonly how: How }
  | { readonly do: "end"; readonly pick: number; readonly end: TaskEnd }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "isolate" | "restore" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      how: fc.constantFrom<How>("plain", "with a signal", "in a scope"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      pick: fc.nat(),
      end: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom<TaskEnd>("value", "failure") },
        {
          weight: 1,
          arbitrary: fc.constantFrom<TaskEnd>(
            "bad value",
            "waved through",
            "value after an abort",
            "failure after an abort",
          ),
        },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "isolate" }, { do: "restore" }, { do: "restore" }) },
);

const rates = (mostCalls: number): fc.Arbitrary<Rates> =>
  fc.record({
    failureRate: fc.constantFrom(0.3, 0.5, 1),
    slowCallRate: fc.constantFrom(undefined, 0.5, 1),
    slowCallDuration: fc.integer({ min: 0, max: 6 }),
    minimumCalls: fc.integer({ min: 1, max: mostCalls }),
  });

const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ kind: fc.constant("consecutive" as const), n: fc.integer({ min: 1, max: 3 }) }),
  fc
    .integer({ min: 1, max: 4 })
    .chain((size) => rates(size).map((each) => ({ kind: "countWindow" as const, size, ...each }))),
  fc
    .integer({ min: 1, max: 40 })
    .chain((duration) => rates(4).map((each) => ({ kind: "timeWindow" as const, duration, ...each }))),
);

interface Running {
  readonly work: Deferred<string>;
  readonly abort: (() => void) | undefined;
}

/** Ends a task, and tells how that counts. */
function finish({ work, abort }: Running, end: TaskEnd): End {
  if (end.endsWith("abort")) abort?.();
  if (end.startsWith("value")) work.resolve("fine");
  else if (end === "bad value") work.resolve("bad");
  else work.reject(end);
  if (end.startsWith("value")) return "successes";
  if (end === "waved through" || (end === "failure after an abort" && abort)) return "ignored";
  return "failures";
}

function caller(how: How): [AbortOptions | undefined, (() => void) | undefined] {
  if (how === "plain") return [undefined, undefined];
  const one = how === "in a scope" ? new Scope() : new AbortController();
  return [one, () => one.abort("gave up")];
}

interface Settings {
  readonly rule: Rule;
  readonly probes: number;
}

/** Takes breaker and model through the steps, and compares them after each. */
async function follow({ rule: each, probes }: Settings, steps: readonly Step[], model: Model): Promise<void> {
  const changes: StateChange[] = [];
  const breaker = new CircuitBreaker({
    trip: toTripRule(each),
    cooldown: COOLDOWN,
    halfOpen: { calls: probes },
    isFailure: (outcome) =>
      "error" in outcome ? outcome.error !== "waved through" : outcome.value === "bad",
    onStateChange: (change) => void changes.push(change),
  });
  const running = new Map<number, Running>();
  const isolations: Disposable[] = [];
  const refusals: [id: number, retryAfter: number][] = [];
  const expected: typeof refusals = [];
  let calls = 0;

  const start = (how: How): void => {
    const id = calls++;
    const work = deferred<string>();
    const [options, abort] = caller(how);
    const task = (): Promise<string> => {
      running.set(id, { work, abort });
      return work.promise;
    };
    breaker.execute(task, options).catch((error: unknown) => {
      if (error instanceof CircuitOpenError) refusals.push([id, error.retryAfter]);
    });
    const retryAfter = model.start(id);
    if (retryAfter !== undefined) expected.push([id, retryAfter]);
  };

  const end = (pick: number, how: TaskEnd): void => {
    const [id, call] = [...running][pick % running.size] ?? [];
    if (id === undefined || call === undefined) return;
    running.delete(id);
    model.end(id, finish(call, how));
  };

  for (const what of steps) {
    if (what.do === "pass") model.now += what.ms;
    if (what.do === "start") start(what.how);
    if (what.do === "end") end(what.pick, what.end);
    if (what.do === "isolate") {
      isolations.push(breaker.isolate());
      model.isolate(1);
    }
    if (what.do === "restore" && isolations.length > 0) {
      isolations.pop()?.[Symbol.dispose]();
      model.isolate(-1);
    }
    // A result takes a few microtasks to reach the breaker.
    for (let turn = 0; turn < 6; turn++) await Promise.resolve();
    const actual = [breaker.stats(), changes, refusals];
    const wanted = [{ state: model.state, ...model.counts }, model.changes, expected];
    if (!isDeepStrictEqual(actual, wanted)) expect(actual).toEqual(wanted);
  }
}

test("CircuitBreaker does what its model does, step by step, under every trip rule", async () => {
  const reached = new Set<string>();
  const realNow = performance.now;
  const given = fc.record({ rule, probes: fc.integer({ min: 1, max: 3 }) });
  const many = fc.array(step, { minLength: 40, maxLength: 80 });
  const property = fc.asyncProperty(given, many, async (settings, steps) => {
    const model = new Model(settings.rule, settings.probes, COOLDOWN);
    performance.now = () => model.now;
    await follow(settings, steps, model);
    for (const { from, to } of model.changes) reached.add(`${settings.rule.kind}: ${from} to ${to}`);
    for (const name of model.reached) reached.add(name);
  });
  try {
    await fc.assert(property, { seed: 20_262, numRuns: 800 });
  } finally {
    performance.now = realNow;
  }

  // The schedules have been everywhere.
  const ends = ["successes", "failures", "ignored"];
  const kinds = ["consecutive", "countWindow", "timeWindow"];
  const between = ["closed to open", "open to half-open", "half-open to open", "half-open to closed"];
  const wanted = [
    "others let in for hung trials",
    "a late trial is ignored",
    ...["countWindow", "timeWindow"].flatMap((kind) => [
      `${kind} trips at a success`,
      `${kind} finds a trial slow`,
    ]),
    ...kinds.map((kind) => `${kind} trips at a failure`),
    ...kinds.flatMap((kind) => between.map((change) => `${kind}: ${change}`)),
    ...["closed", "open", "half-open"].flatMap((state) => ends.map((how) => `stale ${how} while ${state}`)),
  ];
  expect(wanted.filter((each) => !reached.has(each))).toEqual([]);
});
