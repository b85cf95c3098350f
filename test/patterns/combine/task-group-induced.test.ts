import { taskGroup } from "yieldpoint";
import { expect, test } from "vitest";
import { deferred, rejection } from "../../support/waiting.ts";

test("taskGroup() does not count an AbortError of its body that was told to stop", async () => {
  const failure = new Error("down");
  const group = taskGroup(async ({ signal, spawn }) => {
    const told = deferred();
    signal.addEventListener("abort", () => told.reject(new DOMException("stopped", "AbortError")));
    void spawn(() => Promise.reject(failure));
    await told.promise;
  });
  expect(((await rejection(group)) as AggregateError).errors).toStrictEqual([failure]);
});

test("taskGroup() does not count a shielded task that rejects with the reason of the caller's abort", async () => {
  const controller = new AbortController();
  const reason = new Error("user left");
  const held = deferred();
  const group = taskGroup(({ shield }) => void shield(() => held.promise), controller);
  controller.abort(reason);
  held.reject(reason);
  expect(await rejection(group)).toBe(reason);
});

test("taskGroup() ends also where the name of an error cannot be read", async () => {
  const first = new Error("down");
  const unreadable = {
    get name(): string {
      throw new Error("no name");
    },
  };
  const group = taskGroup(({ spawn, signal }) => {
    void spawn(() => Promise.reject(first));
    const told = deferred();
    signal.addEventListener("abort", () => told.reject(unreadable));
    void spawn(() => told.promise);
  });
  expect(((await rejection(group)) as AggregateError).errors).toStrictEqual([first, unreadable]);
});
