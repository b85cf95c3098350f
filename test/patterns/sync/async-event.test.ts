import { expect, test } from "vitest";
import { AsyncEvent } from "yieldpoint";
import { observe } from "yieldpoint/testing";
import { flush } from "../../support/waiting.ts";

test("AsyncEvent: starts cleared, and lets nobody pass", async () => {
  const event = new AsyncEvent();
  const waiter = observe(event.wait());
  await flush();
  expect(event.isSet).toBe(false);
  expect(waiter.status).toBe("pending");
  expect(event.stats()).toEqual({ isSet: false, waiting: 1 });
});

test("AsyncEvent.set() wakes all who wait and lets pass whoever comes", async () => {
  const event = new AsyncEvent();
  const waiters = [observe(event.wait()), observe(event.wait())];
  event.set();
  waiters.push(observe(event.wait()));
  expect(event.isSet).toBe(true);
  await flush();
  expect(waiters.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  expect(event.stats()).toEqual({ isSet: true, waiting: 0 });
});

test("AsyncEvent.set() and clear() in one turn still wake who waited, and not who comes after", async () => {
  const event = new AsyncEvent();
  const before = observe(event.wait());
  event.set();
  event.clear();
  const after = observe(event.wait());
  await flush();
  expect(before.status).toBe("fulfilled");
  expect(after.status).toBe("pending");
  expect(event.stats()).toEqual({ isSet: false, waiting: 1 });
});

test("AsyncEvent.clear() does not hold up those who passed, and makes those wait who come from now on", async () => {
  const event = new AsyncEvent();
  event.set();
  const passed = observe(event.wait());
  event.clear();
  expect(event.isSet).toBe(false);
  const late = observe(event.wait());
  await flush();
  expect([passed.status, late.status]).toEqual(["fulfilled", "pending"]);
  event.set();
  await flush();
  expect(late.status).toBe("fulfilled");
});

test("AsyncEvent: setting or clearing twice is as once", async () => {
  const event = new AsyncEvent();
  event.set();
  event.set();
  expect(event.isSet).toBe(true);
  event.clear();
  event.clear();
  const waiter = observe(event.wait());
  await flush();
  expect(waiter.status).toBe("pending");
});

test("AsyncEvent.wait() resolves with nothing", async () => {
  const event = new AsyncEvent();
  const waiting = event.wait();
  event.set();
  expect(await Promise.all([waiting, event.wait()])).toEqual([undefined, undefined]);
});
