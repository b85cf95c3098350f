import { setTimeout as nodeSleep } from "node:timers/promises";
import { gather, sleep, taskGroup, type TaskGroup } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, flush, listeners, rejection } from "../../support/waiting.ts";
import { errorsOf, nap } from "./groups.ts";
import { failAfter } from "./tasks.ts";

describe("taskGroup() at a failure", () => {
  test("tells the siblings and the body, waits for all, and rejects with an AggregateError of the one failure", async () => {
    const found = await complaints(async () => {
      using clock = virtualTime();
      const error = new Error("down");
      const told: unknown[] = [];
      const wait = (name: string, signal: AbortSignal): Promise<void> =>
        sleep(1_000, { signal }).finally(() => told.push([name, clock.now, signal.reason]));
      const group = taskGroup(async (own) => {
        void own.spawn(failAfter(10, error));
        void own.spawn(({ signal }) => wait("sibling", signal));
        void own.spawn(() => sleep(50));
        await wait("body", own.signal);
      });
      expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
      expect(told).toStrictEqual([
        ["sibling", 10, error],
        ["body", 10, error],
      ]);
      // The third task does not listen, and is never let go.
      expect(clock.now).toBe(50);
      expect(clock.pending).toStrictEqual([]);
    });
    expect(found).toStrictEqual([]);
  });

  test("of the body tells the tasks and waits for them", async () => {
    using clock = virtualTime();
    const error = new Error("body");
    let reason: unknown;
    const group = taskGroup((own) => {
      void own.spawn(async ({ signal }) => {
        await sleep(20);
        reason = signal.reason;
      });
      throw error;
    });
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
    expect(reason).toBe(error);
    expect(clock.now).toBe(20);
  });

  test("holds each failure once, also if the body or another task passes it on", async () => {
    const error = new Error("down");
    const group = taskGroup(async (own) => {
      const job = own.spawn(() => Promise.reject(error));
      void own.spawn(() => job);
      void own.shield(() => job);
      await job;
    });
    const errors = await errorsOf(group);
    expect(errors).toStrictEqual([error]);
    expect(errors[0]).toBe(error);
  });

  test("holds all real failures in the order of their coming", async () => {
    using clock = virtualTime();
    const [first, late, shielded, body] = ["first", "late", "shielded", "body"].map(
      (name) => new Error(name),
    );
    const group = taskGroup(async (own) => {
      void own.shield(failAfter(40, shielded));
      void own.spawn(async () => {
        await sleep(30);
        throw late;
      });
      void own.spawn(failAfter(10, first));
      await sleep(20);
      throw body;
    });
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([first, body, late, shielded]);
    expect(clock.now).toBe(40);
  });

  test.each([undefined, null, 0, "", false])(
    "holds the falsy failure %s, and no induced abort",
    async (error) => {
      using clock = virtualTime();
      const group = taskGroup((own) => {
        void own.spawn(nap(1_000));
        void own.spawn(failAfter(10, error));
      });
      expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
      expect(clock.now).toBe(10);
    },
  );

  test("takes a sync throw for a failure, and starts nothing further but shielded tasks", async () => {
    const error = new Error("sync");
    const started: string[] = [];
    let refused: unknown;
    const group = taskGroup(async (own) => {
      const job = own.spawn(() => {
        throw error;
      });
      void own.spawn(() => started.push("in the same turn"));
      await rejection(job);
      refused = await rejection(own.spawn(() => started.push("spawned")));
      expect(await rejection(own.start(() => started.push("started")))).toBe(error);
      expect(await own.shield(() => started.push("shielded"))).toBe(2);
    });
    expect(await errorsOf(group)).toStrictEqual([error]);
    expect(refused).toBe(error);
    expect(started).toStrictEqual(["in the same turn", "shielded"]);
  });

  test("counts no AbortError of a task that was told, whatever made it", async () => {
    using clock = virtualTime();
    const error = new Error("down");
    const group = taskGroup((own) => {
      // Node's own rejects with an AbortError that has the reason as its cause.
      void own.spawn(({ signal }) => nodeSleep(1_000, undefined, { signal }));
      void own.spawn(({ signal }) => gather([nap(1_000)], { signal }));
      void own.spawn(({ signal }) => taskGroup((inner) => inner.spawn(nap(1_000)), { signal }));
      void own.spawn(failAfter(10, error));
    });
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
  });

  test("counts an AbortError where nobody was told, and one of a shielded task", async () => {
    const abort = (name: string): DOMException => new DOMException(name, "AbortError");
    const [own, shielded] = [abort("own"), abort("shielded")];
    const group = taskGroup((group_) => {
      void group_.spawn(() => Promise.reject(own));
      void group_.shield(async () => {
        await flush();
        throw shielded;
      });
    });
    expect(await errorsOf(group)).toStrictEqual([own, shielded]);
  });

  test("counts other errors of tasks that were told", async () => {
    using clock = virtualTime();
    const [error, other] = [new Error("down"), new Error("while it stopped")];
    const group = taskGroup((own) => {
      void own.spawn(async ({ signal }) => {
        await sleep(1_000, { signal }).catch(() => {});
        throw other;
      });
      void own.spawn(async ({ signal }) => {
        await sleep(1_000, { signal }).catch(() => {});
        throw null;
      });
      void own.spawn(failAfter(10, error));
    });
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error, other, null]);
  });

  test("leaves no unhandled rejection where nobody awaits what spawn, start and shield give", async () => {
    const found = await complaints(async () => {
      const group = taskGroup((own) => {
        void own.spawn(() => Promise.reject(new Error("a")));
        void own.shield(() => Promise.reject(new Error("b")));
        void own.start(() => Promise.reject(new Error("c")));
        // Told to stop by then, so this is no failure of its own.
        void own.start(() => "not ready");
      });
      expect(await errorsOf(group)).toHaveLength(3);
    });
    expect(found).toStrictEqual([]);
  });

  test("nests: a group in a group tells its own failures to the outer one", async () => {
    using clock = virtualTime();
    const error = new Error("deep");
    let told: unknown;
    const group = taskGroup((outer) => {
      void outer.spawn(({ signal }) => taskGroup((inner) => inner.spawn(failAfter(10, error)), { signal }));
      void outer.spawn(async ({ signal }) => {
        await sleep(1_000, { signal }).finally(() => (told = signal.reason));
      });
    });
    const [inner] = await clock.run(() => errorsOf(group));
    expect(inner).toBeInstanceOf(AggregateError);
    expect(inner).toHaveProperty("errors", [error]);
    expect(told).toBe(inner);
  });
});

describe("taskGroup() when aborted from outside", () => {
  test("tells the tasks and the body, waits for all, and rejects with the reason itself", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const { signal } = controller;
    const reasons: unknown[] = [];
    const group = observe(
      taskGroup(
        async (own) => {
          void own.spawn(nap(1_000)).catch((reason: unknown) => reasons.push(reason));
          void own.spawn(() => sleep(100));
          await sleep(1_000, own);
        },
        { signal },
      ),
    );
    await clock.advance(10);
    expect(listeners(signal)).toBe(1);
    const reason = new Error("leave");
    controller.abort(reason);
    await clock.advance(89);
    expect(group.status).toBe("pending");
    expect(reasons).toStrictEqual([reason]);
    await clock.advance(1);
    expect(group).toMatchObject({ status: "rejected", at: 100 });
    expect(group.reason).toBe(reason);
    expect(listeners(signal)).toBe(0);
  });

  test("rejects with the reason also if everything ended well in spite of it", async () => {
    const controller = new AbortController();
    const group = taskGroup(async () => {
      controller.abort("enough");
      return "result";
    }, controller);
    expect(await rejection(group)).toBe("enough");
  });

  test("rejects with an AggregateError where something failed for another reason", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const error = new Error("could not clean up");
    const group = taskGroup((own) => {
      void own.spawn(nap(1_000));
      void own.spawn(async ({ signal }) => {
        await sleep(1_000, { signal }).catch(() => {});
        throw error;
      });
    }, controller);
    controller.abort(new Error("leave"));
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
  });

  test("counts no induced abort, also when it comes after a failure that came after the abort", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const error = new Error("could not clean up");
    const group = taskGroup((own) => {
      void own.spawn(async () => {
        await sleep(10);
        throw error;
      });
      void own.spawn(async ({ signal }) => {
        await sleep(20);
        throw signal.reason;
      });
    }, controller);
    controller.abort(new Error("leave"));
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
    expect(clock.now).toBe(20);
  });

  test("does not tell a shielded task, and waits for it", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    const seen: unknown[] = [];
    const group = rejection(
      taskGroup(async (own) => {
        await sleep(1_000, own).catch(() => {});
        await own.shield(async ({ signal }) => {
          await sleep(50, { signal });
          seen.push(signal.aborted, clock.now);
        });
      }, controller),
    );
    await clock.advance(10);
    controller.abort("leave");
    await clock.advance(100);
    expect(await group).toBe("leave");
    expect(seen).toStrictEqual([false, 60]);
  });

  test("does not call the body when it was aborted before", async () => {
    let calls = 0;
    const reason = new Error("before");
    expect(await rejection(taskGroup(() => ++calls, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(calls).toBe(0);
  });

  test("keeps the first reason where a failure comes after the abort", async () => {
    const controller = new AbortController();
    let group: TaskGroup | undefined;
    const outcome = taskGroup((own) => {
      group = own;
      void own.spawn(async () => {
        await flush();
        throw new Error("late");
      });
    }, controller);
    controller.abort("first");
    await rejection(outcome);
    expect(group?.signal.reason).toBe("first");
  });
});
