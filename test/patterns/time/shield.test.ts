import { shield, sleep, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { countControllers } from "../../support/controllers.ts";
import { thenable } from "../../support/thenable.ts";
import { untyped } from "../../support/untyped.ts";
import { complaints, listeners, rejection } from "../../support/waiting.ts";

test("shield() gives the task's result of any kind, and its failure", async () => {
  expect(await shield(() => 5)).toBe(5);
  expect(await shield(() => undefined, {})).toBe(undefined);
  expect(await shield(() => thenable<string>((done) => done("then")))).toBe("then");
  expect(await shield(({ attempt }) => attempt)).toBe(1);
  for (const reason of [new Error("down"), undefined, null, 0]) {
    const throwing = (): never => {
      throw reason;
    };
    expect(await rejection(shield(throwing))).toBe(reason);
    expect(await rejection(shield(() => Promise.reject(reason)))).toBe(reason);
  }
});

test("shield() does not start a task when it was aborted before", async () => {
  let called = false;
  const reason = new Error("before");
  const task = (): void => {
    called = true;
  };
  expect(await rejection(shield(task, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(called).toBe(false);
});

test.each(["gives its value", "fails"])(
  "shield() does not tell a task that has started, and follows it to its end: it %s",
  async (end) => {
    using clock = virtualTime();
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const task: Task<string> = async ({ signal }) => {
      own = signal;
      await sleep(100, { signal });
      if (end === "fails") throw new Error("not saved");
      return "saved";
    };
    const waiting = observe(shield(task, { signal: controller.signal }));
    await clock.advance(10);
    controller.abort("leave");
    await clock.advance(89);
    expect(waiting.status).toBe("pending");
    await clock.advance(1);
    expect(waiting.at).toBe(100);
    if (end === "fails") expect(waiting.reason).toStrictEqual(new Error("not saved"));
    else expect(waiting.value).toBe("saved");
    expect(own?.aborted).toBe(false);
    expect(listeners(controller.signal)).toBe(0);
  },
);

test("shield() calls the task at once, and listens to no signal", async () => {
  const { signal } = new AbortController();
  using controllers = countControllers();
  let called = false;
  const waiting = shield(
    () => {
      called = true;
    },
    { signal },
  );
  expect(called).toBe(true);
  expect(listeners(signal)).toBe(0);
  await waiting;
  expect(controllers.made).toBe(0);
});

test("shield() refuses what is no function, whether aborted or not", async () => {
  const found = await complaints(async () => {
    const expected = new TypeError("shield: task must be a function, got Promise");
    expect(await rejection(untyped(shield, Promise.resolve()))).toStrictEqual(expected);
    const options = { signal: AbortSignal.abort() };
    expect(await rejection(untyped(shield, Promise.resolve(), options))).toStrictEqual(expected);
  });
  expect(found).toStrictEqual([]);
});
