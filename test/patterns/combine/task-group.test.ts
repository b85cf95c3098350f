import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as nodeSleep } from "node:timers/promises";
import { gather, sleep, taskGroup, type Task, type TaskContext, type TaskGroup } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, listeners, rejection } from "../../support/waiting.ts";

/** Takes that long unless it is told to stop. */
function nap(ms: number): Task<string> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    return `rested ${ms}`;
  };
}

function failAfter(ms: number, error: unknown): Task<never> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    throw error;
  };
}

/** The failures of a group that must fail. */
async function errorsOf(group: Promise<unknown>): Promise<unknown[]> {
  const error = await rejection(group);
  expect(error).toBeInstanceOf(AggregateError);
  const { errors, message } = error as AggregateError;
  expect(message).toBe(`taskGroup: ${errors.length} failed`);
  return errors;
}

describe("taskGroup()", () => {
  test("gives what the body gives, after all tasks are over", async () => {
    using clock = virtualTime();
    const ends: number[] = [];
    const group = taskGroup((own) => {
      for (const ms of [30, 10, 20]) void own.spawn(nap(ms)).then(() => ends.push(clock.now));
      return "result";
    });
    expect(await clock.run(() => group)).toBe("result");
    expect(ends).toStrictEqual([10, 20, 30]);
    expect(clock.now).toBe(30);
  });

  test("waits for the body where it is the last", async () => {
    using clock = virtualTime();
    const group = taskGroup(async (own) => {
      void own.spawn(nap(5));
      await sleep(20);
      return own.spawn(nap(5));
    });
    expect(await clock.run(() => group)).toBe("rested 5");
    expect(clock.now).toBe(25);
  });

  test("waits for what its tasks spawn, also after the body has ended", async () => {
    using clock = virtualTime();
    const ends: string[] = [];
    const group = taskGroup((own) => {
      void own.spawn(async () => {
        await sleep(10);
        void own.spawn(async () => {
          await sleep(10);
          ends.push("grandchild");
        });
        ends.push("child");
      });
    });
    expect(await clock.run(() => group)).toBe(undefined);
    expect(ends).toStrictEqual(["child", "grandchild"]);
    expect(clock.now).toBe(20);
  });

  test("runs the body and the tasks in the caller's stack, each at its start", () => {
    const order: string[] = [];
    void taskGroup((own) => {
      order.push("body");
      void own.spawn(() => order.push("spawned"));
      void own.shield(() => order.push("shielded"));
      void own.start(({ ready }) => {
        order.push("started");
        ready();
      });
      order.push("end of body");
    });
    expect(order).toStrictEqual(["body", "spawned", "shielded", "started", "end of body"]);
  });

  test("gives a spawned task's result, and takes plain, falsy and foreign ones", async () => {
    const results = await taskGroup((own) =>
      Promise.all([
        own.spawn(() => undefined),
        own.spawn(async () => 0),
        own.spawn(() => thenable<string>((done) => done("then"))),
        own.shield(() => null),
      ]),
    );
    expect(results).toStrictEqual([undefined, 0, "then", null]);
    expect(await taskGroup(() => thenable<string>((done) => done("then")))).toBe("then");
  });

  test("has functions that can be taken out of it", async () => {
    expect(
      await taskGroup(({ spawn, shield }) => Promise.all([spawn(() => 1), shield(() => 2)])),
    ).toStrictEqual([1, 2]);
  });

  test("runs body and tasks in the caller's AsyncLocalStorage context", async () => {
    using clock = virtualTime();
    const user = new AsyncLocalStorage<string>();
    const task: Task<string | undefined> = async () => {
      await sleep(1);
      return user.getStore();
    };
    const ask = (): Promise<unknown> =>
      taskGroup(async (own) => [await own.spawn(task), await own.shield(task), user.getStore()]);
    const both = (): Promise<unknown> => Promise.all([user.run("Ada", ask), user.run("Bob", ask)]);
    expect(await clock.run(both)).toStrictEqual([
      ["Ada", "Ada", "Ada"],
      ["Bob", "Bob", "Bob"],
    ]);
  });

  test("makes no AbortController as long as nobody reads `signal`, not even at a failure", async () => {
    using controllers = countControllers();
    const error = new Error("x");
    const group = taskGroup((own) => {
      void own.spawn(({ attempt }) => attempt);
      void own.shield(({ attempt }) => attempt);
      void own.start(({ ready }) => ready());
      void own.spawn(() => Promise.reject(error));
    });
    expect(await errorsOf(group)).toStrictEqual([error]);
    expect(controllers.made).toBe(0);
  });

  test("keeps the signal silent when it ends well, also if the caller's aborts afterwards", async () => {
    const controller = new AbortController();
    const contexts: TaskContext[] = [];
    await taskGroup((own) => own.spawn((context) => contexts.push(context)), controller);
    controller.abort();
    expect(contexts[0]?.signal.aborted).toBe(false);
    expect(contexts[0]?.attempt).toBe(1);
  });
});

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

describe("taskGroup() start()", () => {
  test("settles when the task is ready, and the group waits for its end", async () => {
    using clock = virtualTime();
    const log: unknown[] = [];
    const group = taskGroup(async (own) => {
      const port = await own.start<number>(async ({ ready, attempt, signal }) => {
        await sleep(10, { signal });
        ready(8080);
        ready(9090);
        await sleep(20);
        log.push(["over", clock.now, attempt]);
      });
      log.push([port, clock.now]);
    });
    await clock.run(() => group);
    expect(log).toStrictEqual([
      [8080, 10],
      ["over", 30, 1],
    ]);
  });

  test("rejects with the failure of a task that fails before it is ready, which the group holds once", async () => {
    const error = new Error("port in use");
    let seen: unknown;
    const group = taskGroup(async (own) => {
      const started = own.start(() => {
        throw error;
      });
      seen = await rejection(started);
      await started;
    });
    expect(await errorsOf(group)).toStrictEqual([error]);
    expect(seen).toBe(error);
  });

  test("fails the group when a task ends before it is ready", async () => {
    const expected = new Error("taskGroup.start: the task ended before it was ready");
    expect(await errorsOf(taskGroup((own) => own.start(() => 1)))).toStrictEqual([expected]);
    expect(await errorsOf(taskGroup((own) => void own.start(async () => {})))).toStrictEqual([expected]);
  });

  test("fails the group when a task fails after it was ready, though start() has given its value", async () => {
    using clock = virtualTime();
    const error = new Error("crashed");
    let value: unknown;
    const group = taskGroup(async (own) => {
      value = await own.start<string>(async ({ ready }) => {
        ready("up");
        await sleep(5);
        throw error;
      });
    });
    expect(await clock.run(() => errorsOf(group))).toStrictEqual([error]);
    expect(value).toBe("up");
  });

  test("rejects with the abort's reason where the task stops quietly because it was told", async () => {
    using clock = virtualTime();
    const controller = new AbortController();
    let seen: unknown;
    const group = taskGroup(async (own) => {
      seen = await rejection(own.start(({ signal }) => sleep(1_000, { signal }).catch(() => {})));
    }, controller);
    const reason = new Error("leave");
    controller.abort(reason);
    expect(await clock.run(() => rejection(group))).toBe(reason);
    expect(seen).toBe(reason);
  });

  test("tells a task that reads its signal late", async () => {
    const error = new Error("down");
    let reason: unknown;
    const group = taskGroup((own) => {
      void own.start(async (context) => {
        context.ready();
        await flush();
        ({ reason } = context.signal);
      });
      throw error;
    });
    await errorsOf(group);
    expect(reason).toBe(error);
  });
});

describe("taskGroup() refuses", () => {
  test("to run anything after its end, loudly", async () => {
    let group!: TaskGroup;
    let calls = 0;
    await taskGroup((own) => {
      group = own;
    });
    const found = await complaints(async () => {
      for (const name of ["spawn", "start", "shield"] as const) {
        const refused = group[name](() => ++calls);
        expect(await rejection(refused)).toStrictEqual(new Error(`taskGroup.${name}: the group has ended`));
      }
    });
    expect(found).toStrictEqual([]);
    const unnoticed = await complaints(() => {
      void group.spawn(() => ++calls);
      void group.start(() => ++calls);
      void group.shield(() => ++calls);
    });
    expect(unnoticed).toHaveLength(3);
    expect(calls).toBe(0);
  });

  test.each(["spawn", "start", "shield"] as const)(
    "what is no function to %s, which fails the group",
    async (name) => {
      const group = taskGroup((own) => void untyped(own[name], Promise.resolve()).catch(() => {}));
      expect(await errorsOf(group)).toStrictEqual([
        new TypeError(`taskGroup.${name}: task must be a function, got Promise`),
      ]);
    },
  );

  test("a body that is no function", async () => {
    expect(await rejection(untyped(taskGroup, [() => 1]))).toStrictEqual(
      new TypeError("taskGroup: body must be a function, got Array"),
    );
  });

  test("nothing while it still runs: a task may spawn in its last turn", async () => {
    const { promise, resolve } = deferred();
    const log: string[] = [];
    const group = taskGroup((own) => {
      void own.spawn(async () => {
        await promise;
        void own.spawn(() => log.push("last"));
      });
    });
    resolve();
    await group;
    expect(log).toStrictEqual(["last"]);
  });
});
