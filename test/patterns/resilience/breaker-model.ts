import {
  consecutive,
  countWindow,
  timeWindow,
  type CircuitState,
  type StateChange,
  type TripRule,
} from "yieldpoint";

export interface Rates {
  readonly failureRate: number;
  readonly slowCallRate: number | undefined;
  readonly slowCallDuration: number;
  readonly minimumCalls: number;
}

/** A trip rule, written down. */
export type Rule =
  | { readonly kind: "consecutive"; readonly n: number }
  | ({ readonly kind: "countWindow"; readonly size: number } & Rates)
  | ({ readonly kind: "timeWindow"; readonly duration: number } & Rates);

export function toTripRule(rule: Rule): TripRule {
  if (rule.kind === "consecutive") return consecutive(rule.n);
  return rule.kind === "countWindow" ? countWindow(rule) : timeWindow(rule);
}

/** How a call ends for the breaker. */
export type End = "successes" | "failures" | "ignored";

interface Ended {
  readonly failed: boolean;
  readonly slow: boolean;
  readonly at: number;
}

interface Trial {
  readonly id: number;
  readonly lease: number;
}

type Own = Exclude<CircuitState, "isolated">;

/** A breaker, written down as a table of what each event does in each state. It keeps all that it ever counted, and counts anew. */
export class Model {
  now = 0;
  readonly changes: StateChange[] = [];
  readonly counts = { successes: 0, failures: 0, ignored: 0, rejected: 0 };
  /** What has happened that is worth trying, by name. */
  readonly reached = new Set<string>();
  readonly #rule: Rule;
  readonly #probes: number;
  readonly #cooldown: number;
  #own: Own = "closed";
  #isolations = 0;
  readonly #startedAt: number[] = [];
  /** Closed: calls that started since it closed and run, and those that have ended, which does not hold for the ignored. */
  #calls = new Set<number>();
  #ended: Ended[] = [];
  #openedAt = 0;
  /** Half-open: trials that run, whatever lease they belong to. */
  #trials: Trial[] = [];
  #lease = 0;
  #leaseStart = 0;
  #inLease = 0;
  #succeeded = 0;

  constructor(rule: Rule, probes: number, cooldown: number) {
    this.#rule = rule;
    this.#probes = probes;
    this.#cooldown = cooldown;
  }

  get state(): CircuitState {
    if (this.#isolations > 0) return "isolated";
    return this.#own === "open" && this.#left(this.#openedAt) <= 0 ? "half-open" : this.#own;
  }

  /** @returns undefined if the call is let in, or else when to come back */
  start(id: number): number | undefined {
    this.#startedAt[id] = this.now;
    const retryAfter = this.#refusal();
    if (retryAfter !== undefined) {
      this.counts.rejected++;
      return retryAfter;
    }
    if (this.#own === "closed") {
      this.#calls.add(id);
      return undefined;
    }
    if (this.#own === "open") {
      this.#go("half-open");
      this.#trials = [];
      this.#succeeded = 0;
      this.#renew();
    } else if (this.#inLease === this.#probes) {
      this.reached.add("others let in for hung trials");
      this.#renew();
    }
    this.#inLease++;
    this.#leaseStart = this.now;
    this.#trials.push({ id, lease: this.#lease });
    return undefined;
  }

  end(id: number, end: End): void {
    this.counts[end]++;
    const slow = this.#isSlow(this.now - (this.#startedAt[id] ?? 0));
    const failed = end === "failures";
    const trial = this.#trials.find((each) => each.id === id);
    if (this.#own === "closed" && this.#calls.delete(id)) {
      if (end === "ignored") return;
      this.#ended.push({ failed, slow, at: this.now });
      if (!this.#trips()) return;
      this.reached.add(`${this.#rule.kind} trips at a ${failed ? "failure" : "success"}`);
      this.#open();
    } else if (this.#own === "half-open" && trial) {
      this.#trials = this.#trials.filter((each) => each !== trial);
      if (end === "ignored") {
        if (trial.lease === this.#lease) this.#inLease--;
        else this.reached.add("a late trial is ignored");
      } else if (failed || slow) {
        if (!failed) this.reached.add(`${this.#rule.kind} finds a trial slow`);
        this.#open();
      } else if (++this.#succeeded === this.#probes) {
        this.#calls = new Set();
        this.#ended = [];
        this.#go("closed");
      }
    } else {
      this.reached.add(`stale ${end} while ${this.#own}`);
    }
  }

  /** Takes one more handle, or gives one back. */
  isolate(step: 1 | -1): void {
    const from = this.#told();
    this.#isolations += step;
    this.#tell(from);
  }

  #left(since: number): number {
    return since + this.#cooldown - this.now;
  }

  #refusal(): number | undefined {
    if (this.#isolations > 0) return Infinity;
    if (this.state === "open") return this.#left(this.#openedAt);
    const full = this.#own === "half-open" && this.#inLease === this.#probes;
    return full && this.#left(this.#leaseStart) > 0 ? this.#left(this.#leaseStart) : undefined;
  }

  #isSlow(duration: number): boolean {
    const rule = this.#rule;
    return rule.kind !== "consecutive" && rule.slowCallRate !== undefined && duration > rule.slowCallDuration;
  }

  #trips(): boolean {
    const rule = this.#rule;
    if (rule.kind === "consecutive") {
      const row = this.#ended.slice(-rule.n);
      return row.length === rule.n && row.every(({ failed }) => failed);
    }
    const slice = (at: number): number =>
      Math.floor((at * 10) / (rule.kind === "timeWindow" ? rule.duration : 1));
    const seen =
      rule.kind === "countWindow"
        ? this.#ended.slice(-rule.size)
        : this.#ended.filter(({ at }) => slice(this.now) - slice(at) < 10);
    if (seen.length < rule.minimumCalls) return false;
    const share = (what: "failed" | "slow"): number => seen.filter((each) => each[what]).length / seen.length;
    return share("failed") >= rule.failureRate || share("slow") >= (rule.slowCallRate ?? 2);
  }

  #renew(): void {
    this.#lease++;
    this.#inLease = 0;
  }

  #open(): void {
    this.#openedAt = this.now;
    this.#go("open");
  }

  #go(to: Own): void {
    const from = this.#told();
    this.#own = to;
    this.#tell(from);
  }

  #told(): CircuitState {
    return this.#isolations > 0 ? "isolated" : this.#own;
  }

  #tell(from: CircuitState): void {
    const to = this.#told();
    if (from !== to) this.changes.push({ from, to });
  }
}
