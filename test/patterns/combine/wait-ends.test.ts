import { wait } from "yieldpoint";
import { expect, test } from "vitest";
import { deferred, rejection, survivors } from "../../support/waiting.ts";

test.each(["all-completed", "first-exception"] as const)(
  "wait() until %s is over when the last task to end fails",
  async (until) => {
    const last = deferred();
    const waiting = wait([last.promise, () => "first"], { until });
    const error = new Error("down");
    last.reject(error);
    expect((await waiting).done).toStrictEqual([
      { index: 0, status: "rejected", reason: error },
      { index: 1, status: "fulfilled", value: "first" },
    ]);
  },
);

test("wait() leaves nothing on a promise that never settles when the signal has aborted before", async () => {
  const { promise } = deferred();
  const waits: WeakRef<Promise<unknown>>[] = [];
  for (let n = 0; n < 10; n++) {
    const waiting = wait([promise], { signal: AbortSignal.abort("before") });
    expect(await rejection(waiting)).toBe("before");
    waits.push(new WeakRef(waiting));
  }
  expect(await survivors(waits)).toBeLessThan(5);
  expect(promise).toBeInstanceOf(Promise);
});
