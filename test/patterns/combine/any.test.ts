import { any, sleep, type Task } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { complaints, rejection } from "../../support/waiting.ts";
import { failAnyway } from "./tasks.ts";

test("any() passes over failures and gives the first success", async () => {
  using clock = virtualTime();
  const succeed = async (): Promise<string> => {
    await sleep(20);
    return "spare";
  };
  const throwing = (): never => {
    throw new Error("sync");
  };
  expect(await clock.run(() => any([failAnyway(5, new Error("x")), throwing, succeed]))).toBe("spare");
  expect(clock.now).toBe(20);
});

test("any() rejects with all failures in the order of the tasks, not of their ends", async () => {
  using clock = virtualTime();
  const [a, b, c] = [new Error("a"), new Error("b"), new Error("c")];
  const error = await clock.run(() =>
    rejection(any([failAnyway(30, a), failAnyway(10, b), failAnyway(20, c)])),
  );
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toMatchObject({ message: "any: all 3 tasks failed", errors: [a, b, c] });
  expect(clock.now).toBe(30);
});

test("any() counts falsy failures", async () => {
  const reasons = [undefined, null, 0, ""];
  const error = await rejection(any(reasons.map((reason) => () => Promise.reject(reason))));
  expect(error).toHaveProperty("errors", reasons);
});

test("any() waits on while one task may still succeed", async () => {
  using clock = virtualTime();
  const waiting = observe(any([failAnyway(1, new Error("x")), () => new Promise<never>(() => {})]));
  await clock.advance(10_000);
  expect(waiting.status).toBe("pending");
});

test("any() aborts no task at another's failure", async () => {
  using clock = virtualTime();
  const task: Task<boolean> = async ({ signal }) => {
    await sleep(20, { signal });
    return signal.aborted;
  };
  expect(await clock.run(() => any([failAnyway(5, new Error("x")), task]))).toBe(false);
});

test("any() leaves no unhandled rejection when all tasks failed", async () => {
  expect(
    await complaints(() => rejection(any([() => Promise.reject(1), () => Promise.reject(2)]))),
  ).toStrictEqual([]);
});
