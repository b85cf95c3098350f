import { Fifo } from "../core/fifo.ts";

/** Counts what was granted, on one clock. */
export interface Meter {
  /** The most that can be granted at once. */
  readonly capacity: number;
  /** What of the capacity cannot be granted now. */
  used(now: number): number;
  /** Grants a cost if it can be granted now. */
  take(cost: number, now: number): boolean;
  /** Milliseconds until the last of these costs can be granted, each after the one before; the first cannot be now. */
  delay(costs: readonly number[], now: number): number;
}

/** What was granted at one time. */
interface Grant {
  readonly at: number;
  cost: number;
}

/** At most `limit` in any window: a log of what was granted in the last `interval` milliseconds. */
export function slidingWindow(limit: number, interval: number): Meter {
  const log = new Fifo<Grant>();
  let sum = 0;

  const used = (now: number): number => {
    // An empty log has nothing that is old.
    while (now - (log.at(0)?.at ?? now) >= interval) sum -= log.shift().cost;
    return sum;
  };

  return {
    capacity: limit,
    used,
    take(cost, now) {
      if (used(now) + cost > limit) return false;
      sum += cost;
      const last = log.at(log.size - 1);
      if (last?.at === now) last.cost += cost;
      else log.push({ at: now, cost });
      return true;
    },
    delay(costs, now) {
      let after = used(now);
      let oldest = 0;
      let at = now;
      const planned: Grant[] = [];
      for (const cost of costs) {
        for (; after + cost > limit; oldest++) {
          const grant = (oldest < log.size ? log.at(oldest) : planned[oldest - log.size]) as Grant;
          after -= grant.cost;
          at = grant.at + interval;
        }
        after += cost;
        planned.push({ at, cost });
      }
      return at - now;
    },
  };
}

/** `limit` tokens flow in evenly in each `interval` milliseconds, as long as there are fewer than `capacity`. */
export function tokenBucket(limit: number, interval: number, capacity: number): Meter {
  // A token is so many parts that whole milliseconds bring whole parts: they stay exact.
  const refills = capacity * interval < Infinity;
  const each = refills ? interval : 1;
  const inflow = refills ? limit : 0;
  let parts = capacity * each;
  let since = 0;

  const flow = (now: number): number => {
    parts = Math.min(capacity * each, parts + (now - since) * inflow);
    since = now;
    return parts;
  };

  return {
    capacity,
    used: (now) => Math.ceil(capacity - flow(now) / each),
    take(cost, now) {
      const enough = flow(now) >= cost * each;
      if (enough) parts -= cost * each;
      return enough;
    },
    // It does not run over before that: while somebody waits there is less in it than he needs. What runs over until a timer fires, of
    // which each counts whole milliseconds, is left out.
    delay: (costs, now) => (costs.reduce((sum, cost) => sum + cost, 0) * each - flow(now)) / inflow,
  };
}
