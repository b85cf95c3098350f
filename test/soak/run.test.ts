import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { QueueFullError, Semaphore, sleep } from "yieldpoint";
import { watchRejections } from "../../src/testing/rejections.ts";
import { collect } from "../support/gc.ts";
import { Fault, GaveUp } from "./actor.ts";
import type { Load } from "./load.ts";
import { soak, type Report } from "./run.ts";
import { trend } from "./statistics.ts";
import { verdict } from "./verdict.ts";

const undo: (() => unknown)[] = [];

afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** A short soak with one load of this kind. */
async function shortSoak(load: Load, samples = 1): Promise<Report> {
  collect();
  return soak({
    loads: { careless: () => load },
    seed: 1,
    seconds: 0.03 * samples,
    samples,
    workers: 2,
    patience: 100,
  });
}

/** Does something once, of all rounds. */
function once(what: () => unknown): Load {
  let done = false;
  return {
    async step(actor) {
      await actor.call(() => sleep(1));
      if (!done) {
        done = true;
        what();
      }
    },
  };
}

describe("a soak", () => {
  test("counts the calls, and has nothing to say of a load that cleans up", async () => {
    const semaphore = new Semaphore(1);
    const report = await shortSoak(
      {
        async step(actor) {
          await actor.call(() => semaphore.execute(actor.task(1), { signal: actor.signal() }));
        },
        rest: () => ({ held: semaphore.stats().held }),
      },
      2,
    );
    expect(verdict(report)).toEqual([]);
    const [load] = report.calls;
    expect(load?.started).toBeGreaterThan(10);
    expect((load?.fulfilled ?? 0) + (load?.rejected ?? 0)).toBe(load?.started);
    expect(report.heap).toHaveLength(2);
    expect(report.heap[0]?.x).toBeGreaterThan(0.03);
    expect(report.heap[0]?.y).toBeGreaterThan(1e6);
  });

  test("catches a timer that is left", async () => {
    const report = await shortSoak(
      once(() => {
        const timer = setTimeout(() => {}, 60_000);
        undo.push(() => clearTimeout(timer));
      }),
    );
    expect(verdict(report)).toEqual(["Left behind: 1 timer of careless."]);
  });

  test("catches timers that do not keep the process alive", async () => {
    const controller = new AbortController();
    undo.push(() => controller.abort());
    const doze = () => sleep(60_000, { unref: true, signal: controller.signal }).catch(() => {});
    const report = await shortSoak(
      once(() => {
        void doze();
        void doze();
      }),
    );
    // Both sleep on one signal, by one listener.
    expect(verdict(report)).toEqual([
      "Left behind: 2 timers of careless.",
      "Left behind: 1 abort listener of careless.",
    ]);
  });

  test("catches an abort listener that is left", async () => {
    const { signal } = new AbortController();
    const report = await shortSoak(once(() => signal.addEventListener("abort", () => {})));
    expect(verdict(report)).toEqual(["Left behind: 1 abort listener of careless."]);
  });

  test("catches a handle that is left", async () => {
    const report = await shortSoak(
      once(() => {
        const server = createServer().listen(0, "127.0.0.1");
        undo.push(() => server.close());
      }),
    );
    expect(verdict(report)).toEqual(["Left behind: 1 more of the handle TCPServerWrap."]);
  });

  test("catches a call that never settles, and ends all the same", async () => {
    let calls = 0;
    const report = await shortSoak({
      async step(actor) {
        await actor.call(() => (++calls === 3 ? new Promise(() => {}) : sleep(1)));
      },
    });
    const [load] = report.calls;
    expect(verdict(report)).toEqual([
      "careless: a round has not ended in time.",
      `careless: 1 of ${load?.started} calls have not settled.`,
    ]);
    expect(report.heap).toHaveLength(1);
  });

  test("catches a call that nobody waits for and that never settles", async () => {
    const load = once(() => {});
    const report = await shortSoak({
      async step(actor) {
        void actor.call(() => new Promise(() => {}));
        await load.step(actor);
      },
    });
    expect(verdict(report)).toEqual([
      expect.stringMatching(/^careless: \d+ of \d+ calls have not settled\.$/),
    ]);
  });

  test("catches growth", async () => {
    const kept: unknown[] = [];
    undo.push(() => kept.splice(0));
    const load: Load = {
      async step(actor) {
        await actor.call(() => sleep(1));
        kept.push(Array.from({ length: 50_000 }, () => 0.5));
      },
    };
    // How sure one can be of a trend depends on what else the process does; that it is measured does not.
    const { heap } = await shortSoak(load, 6);
    expect(heap).toHaveLength(6);
    expect(trend(heap).slope).toBeGreaterThan(100_000);
  });

  test("catches a rejection that nobody handles", async () => {
    const others = watchRejections();
    const report = await shortSoak(once(() => void Promise.reject(new Fault("nobody cares"))));
    await others.stop();
    expect(verdict(report)).toEqual([
      expect.stringMatching(/^The process complained: Error: nobody cares\n/),
    ]);
  });

  test("catches what is not at rest", async () => {
    const semaphore = new Semaphore(1);
    const load = once(() => semaphore.tryAcquire());
    const report = await shortSoak({ ...load, rest: () => ({ ...semaphore.stats(), permits: 0 }) });
    expect(verdict(report)).toEqual(["careless: it is not at rest: held 1."]);
  });

  test("catches a wrong result, and an error that nothing explains", async () => {
    let calls = 0;
    const report = await shortSoak({
      async step(actor) {
        const call = ++calls;
        await actor.call(
          () => (call === 2 ? Promise.reject(new RangeError("a bug")) : sleep(1).then(() => call)),
          (value) => value !== 1,
        );
      },
    });
    expect(verdict(report)).toEqual([
      expect.stringMatching(/^careless: an error that nothing explains: RangeError: a bug\n/),
      "careless: a wrong result",
    ]);
  });

  test("tells what goes wrong again and again only a few times", async () => {
    const report = await shortSoak({
      async step(actor) {
        await actor.call(
          () => sleep(1),
          () => false,
        );
      },
    });
    expect(verdict(report)).toEqual(Array.from({ length: 5 }, () => "careless: a wrong result"));
  });

  test("takes what it injects itself, and refusals, as the ends that they are", async () => {
    const gone = AbortSignal.abort();
    const ends = [
      new Fault(),
      new GaveUp(),
      undefined,
      new QueueFullError("full"),
      gone.reason,
      new AggregateError([new Fault(), undefined]),
      await pause(1, undefined, { signal: gone }).catch((error: unknown) => error),
    ];
    const report = await shortSoak({
      async step(actor) {
        await actor.call(() => sleep(1));
        for (const end of ends) await actor.call(() => Promise.reject(end));
        await actor.call(() => Promise.reject(new AggregateError([new Error("a bug")])));
      },
    });
    const aggregate = expect.stringMatching(/^an error that nothing explains: AggregateError/);
    expect(report.calls[0]?.wrong).toEqual(Array.from({ length: 5 }, () => aggregate));
  });

  test("catches a round that fails, and an end that does", async () => {
    let rounds = 0;
    const report = await shortSoak({
      async step(actor) {
        await actor.call(() => sleep(1));
        if (++rounds === 1) throw new Error("a round");
      },
      end: () => Promise.reject(new Error("the end")),
    });
    expect(verdict(report)).toEqual([
      expect.stringMatching(/^careless: a round failed: Error: a round\n/),
      expect.stringMatching(/^careless: it failed at its end: Error: the end\n/),
    ]);
  });

  test("leaves the global functions as they were", async () => {
    const { setTimeout, clearTimeout } = globalThis;
    const { addEventListener } = AbortSignal.prototype;
    await shortSoak(once(() => {}));
    expect(globalThis.setTimeout).toBe(setTimeout);
    expect(globalThis.clearTimeout).toBe(clearTimeout);
    expect(AbortSignal.prototype.addEventListener).toBe(addEventListener);
    expect(Object.hasOwn(AbortSignal.prototype, "addEventListener")).toBe(false);
  });
});
