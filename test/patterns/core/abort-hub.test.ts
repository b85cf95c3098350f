import { expect, test } from "vitest";
import { onAbort } from "../../../src/patterns/core/abort-hub.ts";
import { complaints, listeners, survivors } from "../../support/waiting.ts";

test("onAbort() tells all with the reason, in the order in which they came, once", () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  onAbort(controller.signal, (reason) => told.push("first", reason));
  onAbort(controller.signal, (reason) => told.push("second", reason));
  controller.abort("enough");
  controller.abort("again");
  expect(told).toStrictEqual(["first", "enough", "second", "enough"]);
});

test("onAbort() adds one listener to a signal, whatever the number of waiters, and warns of none", async () => {
  const { signal } = new AbortController();
  const found = await complaints(() => {
    const leaves = Array.from({ length: 10_000 }, () => onAbort(signal, () => {}));
    expect(listeners(signal)).toBe(1);
    for (const leave of leaves) leave();
    expect(listeners(signal)).toBe(0);
  });
  expect(found).toStrictEqual([]);
});

test("onAbort() keeps a listener for each signal of its own", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const told: string[] = [];
  onAbort(one.signal, () => told.push("one"));
  onAbort(two.signal, () => told.push("two"));
  two.abort();
  expect(told).toStrictEqual(["two"]);
  expect(listeners(one.signal)).toBe(1);
});

test("onAbort() tells nobody who has left, also when another's turn makes it leave", () => {
  const controller = new AbortController();
  const told: string[] = [];
  const leaveEarly = onAbort(controller.signal, () => told.push("left before"));
  onAbort(controller.signal, () => {
    told.push("stayed");
    leaveNow();
  });
  const leaveNow = onAbort(controller.signal, () => told.push("left during"));
  leaveEarly();
  controller.abort();
  expect(told).toStrictEqual(["stayed"]);
});

test("onAbort() takes no other waiter off when one leaves twice", () => {
  const controller = new AbortController();
  const leave = onAbort(controller.signal, () => {});
  leave();
  const told: string[] = [];
  onAbort(controller.signal, () => told.push("next"));
  leave();
  expect(listeners(controller.signal)).toBe(1);
  controller.abort();
  leave();
  expect(told).toStrictEqual(["next"]);
});

test("onAbort() throws the reason itself of a signal that has aborted, and listens to nothing", () => {
  const reason = { code: "gone" };
  const signal = AbortSignal.abort(reason);
  let thrown: unknown;
  try {
    onAbort(signal, () => {});
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBe(reason);
  expect(listeners(signal)).toBe(0);
});

test("onAbort() without a signal never tells, and leaving is harmless", () => {
  expect(onAbort(undefined, () => {})()).toBeUndefined();
});

test("onAbort() holds nobody any more once the signal has aborted", async () => {
  const controller = new AbortController();
  const come = (): WeakRef<object> => {
    const big = { size: 1_000 };
    onAbort(controller.signal, () => big);
    return new WeakRef(big);
  };
  const references = [come(), come()];
  expect(await survivors(references)).toBe(2);
  controller.abort();
  expect(await survivors(references)).toBe(0);
  expect(controller.signal.aborted).toBe(true);
});

test("onAbort() listens to a signal that depends on others", () => {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, new AbortController().signal]);
  const told: unknown[] = [];
  onAbort(signal, (reason) => told.push(reason));
  controller.abort("from above");
  expect(told).toStrictEqual(["from above"]);
});

test("onAbort() adds one listener to a signal that takes no new property, too, and tells all", () => {
  const controller = new AbortController();
  const signal = Object.preventExtensions(controller.signal);
  const told: string[] = [];
  const leave = onAbort(signal, () => told.push("left"));
  onAbort(signal, () => told.push("stayed"));
  expect(listeners(signal)).toBe(1);
  leave();
  expect(listeners(signal)).toBe(1);
  controller.abort();
  expect(told).toStrictEqual(["stayed"]);
});

test("onAbort() keeps the order where the first has left and another comes", () => {
  const controller = new AbortController();
  const told: string[] = [];
  const leave = onAbort(controller.signal, () => told.push("first"));
  onAbort(controller.signal, () => told.push("second"));
  leave();
  onAbort(controller.signal, () => told.push("third"));
  expect(listeners(controller.signal)).toBe(1);
  controller.abort();
  expect(told).toStrictEqual(["second", "third"]);
});

test("onAbort() puts nothing on a signal that others could see", () => {
  const { signal } = new AbortController();
  const before = Reflect.ownKeys(signal);
  onAbort(signal, () => {});
  expect(Reflect.ownKeys(signal)).toStrictEqual(before);
});

test("onAbort() hears of a signal through a wrapper that passes its calls on", () => {
  const controller = new AbortController();
  const wrapper = new Proxy(controller.signal, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const told: unknown[] = [];
  onAbort(wrapper, (reason) => told.push(reason));
  onAbort(wrapper, () => told.push("left"))();
  controller.abort("enough");
  expect(told).toStrictEqual(["enough"]);
  expect(listeners(controller.signal)).toBe(0);
});
