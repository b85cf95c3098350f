import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runInThisContext } from "node:vm";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Semaphore } from "yieldpoint";
import {
  interleavings,
  RealIOError,
  StuckError,
  TimerLimitError,
  virtualTime,
  type Interleaving,
} from "../../src/testing/index.ts";
import { failureOf, interrupted, topFrame } from "./orders.ts";

const here = "test/testing/interleavings-failures.test.ts";
const warn = vi.spyOn(console, "warn");
beforeEach(() => {
  warn.mockReset().mockImplementation(() => {});
});

describe("a deadlock", () => {
  const transfer = async ({ step }: Interleaving): Promise<void> => {
    const [a, b] = [new Semaphore(1), new Semaphore(1)];
    const lockBoth = async (name: string, first: Semaphore, second: Semaphore): Promise<void> => {
      using _first = await first.acquire();
      await step(`${name} has the first`);
      using _second = await second.acquire();
      await step(`${name} has both`);
    };
    const ada = lockBoth("Ada", a, b);
    const bob = step("Bob sets out")
      .then(() => step("Bob comes"))
      .then(() => lockBoth("Bob", b, a));
    await Promise.all([ada, bob]);
  };

  test("is told as such, with the lines that wait and the order that led there", async () => {
    const error = await failureOf(transfer);
    expect(error).toBeInstanceOf(StuckError);
    expect(error).toMatchObject({ code: "ERR_STUCK", at: 0 });
    expect(error.message).toMatch(
      new RegExp(
        [
          "^Deadlock: at t=0 virtual ms the body still waits, and no step and no timer is left to wake it\\.",
          `  2 wait at ${here}:\\d+: using _second = await second\\.acquire\\(\\);`,
          `  1 waits at ${here}:\\d+: await Promise\\.all\\(\\[ada, bob\\]\\);`,
          "",
          "It happened in this order:",
          "  1\\. Bob sets out",
          "  2\\. Bob comes, before Ada has the first",
          "  3\\. Ada has the first",
          "  4\\. Bob has the first",
          'To run it alone: { order: "0\\.1" }\\.$',
        ].join("\n"),
      ),
    );
    expect(topFrame(error)).toContain("test/testing/orders.ts");
    expect(error.stack).not.toContain("src/testing");
  });

  test("is told in the same way when its order is run alone", async () => {
    const [first, again] = [await failureOf(transfer), await failureOf(transfer, { order: "0.1" })];
    expect(again.message).toBe(first.message);
  });

  test("is told with its time", async () => {
    const error = await failureOf(async () => {
      await sleep(30);
      await new Promise(() => {});
    });
    expect(error.message).toMatch(
      /^Deadlock: at t=30 virtual ms .*\n.*: await new Promise\(\(\) => \{\}\);\n/,
    );
    expect(error).toMatchObject({ at: 30 });
  });

  test("in code whose file cannot be read is told with its line alone", async () => {
    const filename = "/no/such/file.ts";
    const body: () => unknown = runInThisContext("async () => {\n  await new Promise(() => {});\n}", {
      filename,
    });
    const error = await failureOf(body);
    expect(error.message).toMatch(/^Deadlock: [^\n]*\n {2}1 waits at \/no\/such\/file\.ts:2\n\nIt happened/);
  });

  test("that comes in one run only is told without the lines", async () => {
    let runs = 0;
    const error = await failureOf(async ({ step }) => {
      await step("s");
      if (++runs === 1) await new Promise(() => {});
    });
    expect(error.message).toMatch(/^Deadlock: at t=0 virtual ms [^\n]*\n\nIt happened/);
  });
});

describe("interleavings() fails", () => {
  test("where a body does not do the same again", async () => {
    let runs = 0;
    const error = await failureOf(async ({ step }) => {
      await Promise.all([step("a"), step("b"), ...(++runs > 1 ? [step("c")] : [])]);
    });
    expect(error.message).toMatch(
      /^interleavings: the body did not do the same again, though its steps resolved in the same order\. Make what it works on in the body, and give randomness a seed\.\n/,
    );
    expect(topFrame(error)).toContain("test/testing/orders.ts");
  });

  test("where the order to run is none of the body", async () => {
    const error = await failureOf(interrupted, { order: "1.2" });
    expect(error.message).toMatch(
      /^interleavings: the order "1\.2" is none of this body: at its choice 2 there are 2 to choose from\n/,
    );
  });

  test("where steps never end", async () => {
    const endless = async ({ step }: Interleaving): Promise<void> => {
      for (;;) await step("again");
    };
    const error = await failureOf(endless, { maxTimers: 50 });
    expect(error).toBeInstanceOf(TimerLimitError);
    expect(error.message).toMatch(/^50 timers fired and .*The last was a step "again \(call 51\)"\./);
  });

  test("where the body starts real I/O", async () => {
    expect(await failureOf(() => readFile(new URL(import.meta.url)))).toBeInstanceOf(RealIOError);
    const explored = await interleavings(() => readFile(new URL(import.meta.url)), { realIO: "allow" });
    expect(explored.complete).toBe(true);
  });

  test("under another clock", async () => {
    using _clock = virtualTime();
    const error = await failureOf(() => {}, { order: "" });
    expect(error.message).toMatch(
      /^virtualTime: a virtual clock is installed already \(at test\/testing\/interleavings-f/,
    );
  });
});

describe("what an order leaves", () => {
  const leak = async ({ step }: Interleaving): Promise<void> => {
    const timer = setTimeout(() => {}, 500);
    const cleared = step("clear").then(() => clearTimeout(timer));
    await Promise.race([step("leave"), cleared]);
  };
  const float = async ({ step }: Interleaving): Promise<void> => {
    await Promise.all([step("a"), step("b")]);
    void Promise.reject(new Error("forgotten"));
    await sleep(1);
  };

  test("is noted once, in whatever number of orders", async () => {
    await interleavings(leak);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^Note: A timer was left behind: setTimeout due at t=500/),
    );
    await interleavings(float);
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenLastCalledWith(
      expect.stringMatching(/^Note: A promise rejected and nobody handled it/),
    );
  });

  test("fails it on request", async () => {
    const leaked = await failureOf(leak, { leaks: "fail" });
    expect(leaked.message).toMatch(
      /^A timer was left behind: [^]*\n\nIt happened in this order:\n {2}1\. leave, before clear\n/,
    );
    const floated = await failureOf(float, { floating: "fail" });
    expect(floated.message).toMatch(/^A promise rejected and nobody handled it: Error: forgotten/);
    expect(warn).not.toHaveBeenCalled();
  });
});
