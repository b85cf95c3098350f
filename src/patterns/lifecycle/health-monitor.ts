/// <reference lib="esnext.disposable" preserve="true" />
import { check, checkCallback, checkCount, checkFunction, checkNumber, optionsOf } from "../core/check.ts";
import { channel, tell } from "../core/diagnostics.ts";
import { notify } from "../core/notify.ts";
import type { Task } from "../core/task.ts";
import { Semaphore, type Voice } from "../limit/semaphore.ts";
import { sleep } from "../time/sleep.ts";
import { timeout } from "../time/timeout.ts";

const monitors = /* @__PURE__ */ channel("health-monitor");

/** What a monitor knows of one check. */
export interface CheckHealth {
  readonly healthy: boolean;
  /** How often in a row it has failed last. */
  readonly failures: number;
  /** How often in a row it has passed last. Neither: it was not over yet. */
  readonly successes: number;
  /** What it failed with last; undefined once it has passed again. */
  readonly error: unknown;
}

/** What a monitor says of itself. */
export interface HealthStatus<Name extends string = string> {
  /** Whether every check is healthy. */
  readonly healthy: boolean;
  readonly checks: { readonly [name in Name]: CheckHealth };
}

/** What `onChange` is told: the check that has turned healthy or unhealthy, and what is known of it. */
export interface HealthChange<Name extends string = string> extends CheckHealth {
  readonly name: Name;
}

/** What a monitor checks, and how often. */
export interface HealthMonitorOptions<Name extends string> {
  /** The checks by name. One fails when its task fails, and passes whatever its task gives. */
  readonly checks: { readonly [name in Name]: Task<unknown> };
  /** How long after the end of a check it is made again, in milliseconds. Default: 10,000. */
  readonly interval?: number | undefined;
  /** How long a check may take before it is told to stop and has failed, in milliseconds. Default: 1,000. */
  readonly timeout?: number | undefined;
  /** After how many failures in a row a check is unhealthy; an integer of at least 1. Default: 3. */
  readonly failures?: number | undefined;
  /** After how many successes in a row an unhealthy check is healthy again; an integer of at least 1. Default: 1. */
  readonly successes?: number | undefined;
  /** Told when a check turns unhealthy or healthy again. What it throws, or its promise rejects with, is ignored. */
  readonly onChange?: ((change: HealthChange<Name>) => unknown) | undefined;
  /** Lets the process end although the monitor runs (Node), except during a check, within its timeout. Default: false, as for any timer. */
  readonly unref?: boolean | undefined;
}

/**
 * Checks again and again whether what a program depends on still works.
 *
 * Every check has a rhythm of its own: it is made at once by `start`, and then an interval after each end, so a slow one holds up no
 * other, and none overlaps itself. At the beginning all count as healthy. The defaults are those of the probes of Kubernetes.
 *
 * A check that goes on after its timeout, deaf to its signal, is not called again before it has ended: its turn waits for it, and fails
 * with a TimeoutError if that takes too long. So one that hangs for ever turns unhealthy, and nothing piles up.
 *
 * `stop` tells the checks that run, and nothing is done or told after it, until `start` is called again; what was known stays.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { HealthMonitor, sleep } from "yieldpoint";
 *
 * let up = false;
 * const changes: string[] = [];
 * using monitor = new HealthMonitor({
 *   checks: {
 *     database: () => { if (!up) throw new Error("connection refused"); },
 *     disk: () => {},
 *   },
 *   interval: 1,
 *   onChange: ({ name, healthy }) => changes.push(`${name} ${healthy}`),
 * });
 * monitor.start();
 * while (monitor.status().healthy) await sleep(1);
 * assert.equal(monitor.status().checks.disk.healthy, true);
 * up = true;
 * while (!monitor.status().healthy) await sleep(1);
 * assert.deepEqual(changes, ["database false", "database true"]);
 * ```
 */
export class HealthMonitor<Name extends string> implements Disposable {
  readonly #checks: (readonly [name: Name, run: (signal: AbortSignal) => Promise<unknown>])[];
  readonly #interval: number;
  readonly #failures: number;
  readonly #successes: number;
  readonly #onChange: ((change: HealthChange<Name>) => unknown) | undefined;
  readonly #unref: boolean | undefined;
  readonly #health: Health<Name>;
  #running: AbortController | undefined;

  /**
   * @param options see HealthMonitorOptions
   * @throws TypeError or RangeError for `checks` that are no object of functions, an `interval` or `timeout` that is no number >= 0,
   * `failures` or `successes` that are no integer >= 1 or Infinity, or an `onChange` that is no function
   */
  constructor(options: HealthMonitorOptions<Name>) {
    const { checks } = options;
    check(Object(checks) === checks, "HealthMonitor: checks", "an object", checks);
    const option = optionsOf("HealthMonitor", options);
    this.#interval = option("interval", checkNumber, 10_000);
    const ms = option("timeout", checkNumber, 1_000);
    this.#failures = option("failures", checkCount, 3, 1);
    this.#successes = option("successes", checkCount, 1, 1);
    this.#onChange = option("onChange", checkCallback);
    this.#unref = options.unref;
    this.#checks = Object.entries<Task<unknown>>(checks).map(([name, task]) => {
      checkFunction(`HealthMonitor: checks.${name}`, task);
      // One that is let go at its timeout keeps its place until it ends.
      const place = new Semaphore(1, { told: null } as Voice);
      const run = (signal: AbortSignal) => timeout((context) => place.execute(task, context), ms, { signal });
      return [name as Name, run];
    });
    const unknown: CheckHealth = { healthy: true, failures: 0, successes: 0, error: undefined };
    this.#health = Object.fromEntries(this.#checks.map(([name]) => [name, unknown])) as Health<Name>;
  }

  /** Begins with all checks at once, in the caller's stack. Does nothing while the monitor runs. */
  start(): void {
    if (this.#running) return;
    const { signal } = (this.#running = new AbortController());
    for (const [name, run] of this.#checks) void this.#watch(name, run, signal);
  }

  /** Ends at once: no timer is left, and the signals of the checks that run abort. Does nothing while the monitor is stopped. */
  stop(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.abort();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** What is known of all checks now; it does not change later. */
  status(): HealthStatus<Name> {
    const checks = { ...this.#health };
    return { healthy: Object.values<CheckHealth>(checks).every(({ healthy }) => healthy), checks };
  }

  async #watch(
    name: Name,
    run: (signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      const before = this.#health[name];
      let row: Omit<CheckHealth, "healthy"> = {
        failures: 0,
        successes: before.successes + 1,
        error: undefined,
      };
      try {
        await run(signal);
      } catch (error) {
        row = { failures: before.failures + 1, successes: 0, error };
      }
      if (signal.aborted) return;
      const healthy = before.healthy ? row.failures < this.#failures : row.successes >= this.#successes;
      const health = { healthy, ...row };
      this.#health[name] = health;
      if (healthy !== before.healthy) {
        const change = { name, ...health };
        tell(monitors, this, "change", change);
        notify(this.#onChange, change);
      }
      await sleep(this.#interval, { signal, unref: this.#unref }).catch(() => {});
    }
  }
}

type Health<Name extends string> = { [name in Name]: CheckHealth };
