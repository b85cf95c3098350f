import { describe, expect, test } from "vitest";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { call } from "../../../src/patterns/core/task.ts";
import { thenable } from "../../support/thenable.ts";
import { rejection } from "../../support/waiting.ts";

describe("call()", () => {
  test("runs the task at once, in the caller's stack, with the context", async () => {
    const scope = new Scope();
    const seen: unknown[] = [];
    const result = call((context) => seen.push(context), scope);
    expect(seen).toStrictEqual([scope]);
    expect(await result).toBe(1);
  });

  test.each([undefined, null, 0, "", false, { plain: true }])("gives the plain result %j", async (value) => {
    expect(await call(() => value, new Scope())).toBe(value);
  });

  test("gives what an async function gives", async () => {
    expect(await call(async ({ attempt }) => attempt, new Scope())).toBe(1);
  });

  test("gives a promise that the task returned as it is", () => {
    const promise = Promise.resolve(1);
    expect(call(() => promise, new Scope())).toBe(promise);
  });

  test("follows any thenable, its failure too", async () => {
    expect(await call(() => thenable<string>((resolve) => resolve("from a thenable")), new Scope())).toBe(
      "from a thenable",
    );
    const reason = new Error("from a thenable");
    const failing = thenable<never>((_, reject) => reject(reason));
    expect(await rejection(call(() => failing, new Scope()))).toBe(reason);
  });

  test("believes a thenable that settles twice, or throws after it settled, the first time", async () => {
    const fickle = thenable<number>((resolve, reject) => {
      resolve(1);
      reject(new Error("second thoughts"));
      throw new Error("and a third");
    });
    expect(await call(() => fickle, new Scope())).toBe(1);
  });

  test.each([undefined, null, 0, "", new Error("x")])(
    "makes a rejection of the sync throw of %s",
    async (reason) => {
      const result = call(() => {
        throw reason;
      }, new Scope());
      expect(await rejection(result)).toBe(reason);
    },
  );
});
