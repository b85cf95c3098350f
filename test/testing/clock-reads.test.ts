import { describe, expect, test, vi } from "vitest";
import { FrozenClockError, virtualTime } from "../../src/testing/index.ts";

const deadline = Date.UTC(2030, 0, 1);

describe("a loop that waits for the clock to move throws a FrozenClockError when it reads", () => {
  const loops: Readonly<Record<string, () => void>> = {
    "Date.now()": () => {
      while (Date.now() < deadline);
    },
    "new Date()": () => {
      while (new Date().getTime() < deadline);
    },
    "performance.now()": () => {
      while (performance.now() < 50);
    },
    "process.hrtime()": () => {
      while (process.hrtime()[0] < 5);
    },
    "process.hrtime.bigint()": () => {
      while (process.hrtime.bigint() < 5n);
    },
  };
  test.each(Object.entries(loops))("%s", async (name, loop) => {
    using clock = virtualTime();
    const error = await clock.run(loop).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FrozenClockError);
    expect(error).toMatchObject({ code: "ERR_FROZEN_CLOCK" });
    const { message, stack } = error instanceof Error ? error : new Error();
    expect(message).toContain(`${name} was read a million times at t=0 virtual ms`);
    expect(stack?.split("\n")[1]).toContain("clock-reads.test.ts");
  });
});

test("a loop of microtasks that waits for the clock throws, too", async () => {
  using clock = virtualTime();
  const loop = async (): Promise<void> => {
    while (performance.now() < 50) await Promise.resolve();
  };
  await expect(clock.run(loop)).rejects.toThrow(FrozenClockError);
});

test("many reads are no offence if the event loop turns or time moves between them", async () => {
  using clock = virtualTime();
  const read = (): void => {
    for (let i = 0; i < 300_000; i++) performance.now();
  };
  await clock.run(async () => {
    for (let i = 0; i < 3; i++) {
      read();
      await clock.advance(0);
    }
    for (let i = 0; i < 3; i++) {
      read();
      await clock.advance(10);
    }
  });
  expect(clock.now).toBe(30);
});

test("a spy on Date.now is heard, and is gone with the clock", () => {
  const before = Date.now();
  const clock = virtualTime();
  vi.spyOn(Date, "now").mockReturnValue(42);
  expect(Date.now()).toBe(42);
  clock[Symbol.dispose]();
  expect(Date.now()).toBeGreaterThanOrEqual(before);
});
