import { expect, test } from "vitest";
import { runChecks } from "./smoke/run.ts";

test("an export without a check is told, and so is one whose check fails or hangs", async () => {
  const checks = {
    fine: () => {},
    slow: async () => {},
    throwing: () => {
      throw new TypeError("broken");
    },
    rejecting: () => Promise.reject(undefined),
    hanging: () => new Promise(() => {}),
    gone: () => {},
  };
  const exported = ["fine", "slow", "throwing", "rejecting", "hanging", "added"];
  expect(await runChecks(exported, checks, 20)).toEqual({
    results: {
      fine: "passed",
      slow: "passed",
      throwing: "TypeError: broken",
      rejecting: "undefined",
      hanging: "Error: not over after 20 ms",
      added: "has no check",
    },
    unhandled: [],
    timerHandle: "object",
  });
});
