import { AsyncLocalStorage } from "node:async_hooks";
import { sleep, taskGroup, type Task, type TaskContext, type TaskGroup } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, deferred, flush, rejection } from "../../support/waiting.ts";
import { errorsOf, nap } from "./groups.ts";

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
