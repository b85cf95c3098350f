import { runInThisContext } from "node:vm";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { scenario } from "../../src/testing/index.ts";

test("a timer that was armed where none of the user's code is on the stack is told without a line", async () => {
  const arm: () => void = runInThisContext("() => void setTimeout(() => {}, 500)", {
    filename: "node:elsewhere",
  });
  const run = scenario(
    async () => {
      setImmediate(arm);
      await sleep(10);
    },
    { leaks: "fail" },
  );
  await expect(run()).rejects.toThrow(/^A timer was left behind: setTimeout due at t=500\.$/);
});

test("an error without a stack is illustrated all the same", async () => {
  const bare = new Error("broken");
  Reflect.deleteProperty(bare, "stack");
  const run = scenario(async ({ service }) => {
    await service("users", 100)();
    throw bare;
  });
  await expect(run()).rejects.toBe(bare);
  expect(bare.message).toMatch(/^broken\n\nyou {2}users {2}█+ {3}t=100 virtual ms$/);
  expect(bare.stack).toBe(undefined);
});
