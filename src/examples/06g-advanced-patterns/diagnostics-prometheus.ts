/**
 * What the patterns tell on diagnostics channels becomes metrics for Prometheus.
 *
 * Clock: virtual
 * Patterns: Bulkhead, CircuitBreaker, consecutive, gatherSettled
 */
import { Bulkhead, CircuitBreaker, consecutive, gatherSettled, sleep } from "yieldpoint";
import { subscribe } from "yieldpoint/diagnostics";
import { service } from "../story.ts";

// First the metrics: they could stand in a file of their own, and the application need not know of them.

/** A message brings the instance that it is about. What that is called is up to the application. */
const names = new WeakMap<object, string>();

const bounds = [0.05, 0.1, 0.25, Infinity];
const waits = bounds.map(() => 0);
let waited = 0;
const calls = new Map<string, number>();

function count(metric: string): void {
  calls.set(metric, (calls.get(metric) ?? 0) + 1);
}

subscribe("yieldpoint:bulkhead", ({ event, source, wait = 0 }) => {
  count(`bulkhead_calls_total{name="${names.get(source)}",event="${event}"}`);
  if (event !== "granted") return;
  // Prometheus counts in seconds, and a bucket holds all that waited no longer.
  waited += wait / 1_000;
  bounds.forEach((bound, index) => (waits[index] = (waits[index] ?? 0) + Number(wait / 1_000 <= bound)));
});

subscribe("yieldpoint:circuit-breaker", (message) => {
  const name = names.get(message.source);
  if (message.event === "state") count(`breaker_changes_total{name="${name}",to="${message.to}"}`);
  else count(`breaker_calls_total{name="${name}",event="${message.event}"}`);
});

// Then the application: a bulkhead and a breaker around a service that fails from its third call on. A call takes 100 ms.
const bulkhead = new Bulkhead({ concurrency: 2, maxQueue: 4 });
const breaker = new CircuitBreaker({ trip: consecutive(3), cooldown: 10_000 });
names.set(bulkhead, "payments").set(breaker, "payments");

const pay = service("payments", 100, {
  value: "paid",
  error: (call: number) => (call >= 3 ? new Error("503 Service Unavailable") : undefined),
});

// Ten customers, one every 20 ms: two are served at a time, four may wait.
await gatherSettled(
  Array.from({ length: 10 }, (_, customer) => async () => {
    await sleep(20 * customer);
    await bulkhead.execute(() => breaker.execute(pay));
  }),
);

// And this is what `GET /metrics` would answer: what was counted, and what the patterns say of themselves now.
const { held, waiting } = bulkhead.stats();
const lines = [
  "# TYPE bulkhead_wait_seconds histogram",
  ...bounds.map((bound, index) => {
    const le = bound === Infinity ? "+Inf" : bound;
    return `bulkhead_wait_seconds_bucket{name="payments",le="${le}"} ${waits[index]}`;
  }),
  `bulkhead_wait_seconds_sum{name="payments"} ${waited.toFixed(3)}`,
  `bulkhead_wait_seconds_count{name="payments"} ${waits.at(-1)}`,
  "# TYPE bulkhead_permits gauge",
  `bulkhead_permits{name="payments",state="held"} ${held}`,
  `bulkhead_permits{name="payments",state="waiting"} ${waiting}`,
  ...["bulkhead_calls_total", "breaker_calls_total", "breaker_changes_total"].flatMap((metric) => [
    `# TYPE ${metric} counter`,
    ...[...calls].filter(([name]) => name.startsWith(metric)).map(([name, value]) => `${name} ${value}`),
  ]),
];
console.log(lines.join("\n"));
