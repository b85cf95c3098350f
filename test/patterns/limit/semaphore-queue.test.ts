import { expect, test } from "vitest";
import { Semaphore } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush, rejection } from "../../support/waiting.ts";

test("execute() hands a task that had to wait its caller's signal", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const { signal } = new AbortController();
  const seen = semaphore.execute((context) => [context.signal, context.attempt], { signal });
  permit.release();
  expect(await seen).toStrictEqual([signal, 1]);
});

test("execute() hands a task that had to wait a signal of its own where the caller gives none", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const task = ({ signal, attempt }: { signal: AbortSignal; attempt: number }) => [signal.aborted, attempt];
  const waits = [
    semaphore.execute(task),
    semaphore.execute(Object.assign(task.bind(undefined), { then: "no promise" })),
    semaphore.execute(task, { priority: -1 }),
  ];
  permit.release();
  expect(await Promise.all(waits)).toStrictEqual(waits.map(() => [false, 1]));
});

test("what a waiting task has for properties means nothing to the semaphore", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const hub = {
    leave: () => {
      throw new Error("asked a task");
    },
  };
  const properties = { left: true, priority: 1, weight: 2, source: AbortSignal.abort(), hub, task: null };
  const order: string[] = [];
  const waits = [
    semaphore.execute(() => order.push("first")),
    semaphore.execute(Object.assign(() => order.push("second"), properties)),
  ];
  permit.release();
  await Promise.all(waits);
  expect(order).toStrictEqual(["first", "second"]);

  await semaphore.acquire();
  const cleared = rejection(semaphore.execute(Object.assign(() => order.push("third"), properties)));
  semaphore.clear("enough");
  expect(await cleared).toBe("enough");
});

test("paused, it is not idle when all is given back while somebody waits", async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const next = semaphore.acquire();
  const idle = observe(semaphore.onIdle());
  semaphore.pause();
  permit.release();
  await flush();
  expect(idle.status).toBe("pending");
  semaphore.resume();
  (await next).release();
  await flush();
  expect(idle.status).toBe("fulfilled");
});
