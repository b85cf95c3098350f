import { AsyncLocalStorage } from "node:async_hooks";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, test } from "vitest";
import { complaints, flush, listeners, rejection, survivors } from "../../support/waiting.ts";
import { waits } from "./waits.ts";

const reason = new Error("gave up");

describe.each(waits)("$name", ({ name, make, free, forAll = false }) => {
  test("waits until there is a grant, and is not told in the granter's stack", async () => {
    const { start, grant, waiting } = await make();
    const waiter = observe(start());
    await flush();
    expect(waiter.status).toBe("pending");
    expect(waiting()).toBe(1);
    grant();
    expect(waiter.status).toBe("pending");
    expect(waiting()).toBe(0);
    await flush();
    expect(waiter.status).toBe("fulfilled");
  });

  test("an abort before: rejects with the reason itself, and does not wait", async () => {
    const { start, waiting } = await make();
    const signal = AbortSignal.abort(reason);
    expect(await rejection(start({ signal }))).toBe(reason);
    expect(waiting()).toBe(0);
    expect(listeners(signal)).toBe(0);
  });

  test("an abort before, where there is nothing to wait for: rejects with the reason, and takes nothing", async () => {
    const { start } = await free();
    expect(await rejection(start({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    if (name === "Condition.wait()") return;
    const next = observe(start());
    await flush();
    expect(next.status).toBe("fulfilled");
  });

  test("an abort during the wait: rejects at once with the reason itself, and leaves the line", async () => {
    const { start, waiting } = await make();
    const controller = new AbortController();
    const waiter = observe(start({ signal: controller.signal }));
    await flush();
    expect(listeners(controller.signal)).toBe(1);
    controller.abort(reason);
    expect(waiting()).toBe(0);
    expect(listeners(controller.signal)).toBe(0);
    await flush();
    expect(waiter.status).toBe("rejected");
    expect(waiter.reason).toBe(reason);
  });

  test.each([null, 0, "", false])("an abort with the falsy reason %j", async (falsy) => {
    const { start } = await make();
    expect(await rejection(start({ signal: AbortSignal.abort(falsy) }))).toBe(falsy);
    const controller = new AbortController();
    const waiter = rejection(start({ signal: controller.signal }));
    controller.abort(falsy);
    expect(await waiter).toBe(falsy);
  });

  test("an abort without a reason: rejects with the platform's AbortError", async () => {
    const { start } = await make();
    const controller = new AbortController();
    const waiter = rejection(start({ signal: controller.signal }));
    controller.abort();
    expect(await waiter).toBe(controller.signal.reason);
    expect(controller.signal.reason).toMatchObject({ name: "AbortError" });
  });

  test("an abort after: changes nothing, and no listener was left behind", async () => {
    const { start, grant } = await make();
    const controller = new AbortController();
    const waiter = observe(start({ signal: controller.signal }));
    grant();
    await flush();
    expect(listeners(controller.signal)).toBe(0);
    controller.abort(reason);
    await flush();
    expect(waiter.status).toBe("fulfilled");
  });

  test("a signal that is explicitly undefined is none", async () => {
    const { start, grant } = await make();
    const waiter = observe(start({ signal: undefined }));
    grant();
    await flush();
    expect(waiter.status).toBe("fulfilled");
  });

  test("a grant and then the abort in one turn: what was granted is not taken back, nor lost", async () => {
    const { start, grant, waiting } = await make(2);
    const controller = new AbortController();
    const first = observe(start({ signal: controller.signal }));
    const second = observe(start());
    grant();
    controller.abort(reason);
    await flush();
    // One of them has it: the first by its grant, or the second by its being passed on.
    if (forAll) {
      expect([first.status, second.status]).toEqual(["fulfilled", "fulfilled"]);
    } else if (first.status === "rejected") {
      expect(first.reason).toBe(reason);
      expect(second.status).toBe("fulfilled");
    } else {
      expect([first.status, second.status]).toEqual(["fulfilled", "pending"]);
    }
    expect(waiting()).toBe(second.status === "pending" ? 1 : 0);
  });

  test("what an earlier listener of the signal grants goes to nobody who waits with it", async () => {
    const { start, grant, waiting } = await make(3);
    const controller = new AbortController();
    controller.signal.addEventListener("abort", grant, { once: true });
    const crowd = [1, 2, 3].map(() => observe(start({ signal: controller.signal })));
    controller.abort(reason);
    await flush();
    expect(crowd.map((each) => each.reason)).toEqual([reason, reason, reason]);
    expect(waiting()).toBe(name === "Barrier.arrive()" ? 1 : 0);
    const next = observe(start());
    grant();
    await flush();
    expect(next.status).toBe("fulfilled");
  });

  test("those who wait are served in the order in which they came", async () => {
    const { start, grant } = await make(3);
    const order: string[] = [];
    for (const each of ["a", "b", "c"]) void start().then(() => order.push(each));
    for (let n = 0; n < 3; n++) {
      grant();
      await flush();
    }
    // What is exclusive stays with the first.
    const exclusive = /acquire|write/.test(name);
    expect(order).toEqual(exclusive ? ["a"] : ["a", "b", "c"]);
  });

  test("one in the middle that gives up does not harm the others", async () => {
    const { start, grant } = await make(3);
    const controller = new AbortController();
    const first = observe(start());
    const middle = observe(start({ signal: controller.signal }));
    const last = observe(start());
    controller.abort(reason);
    grant();
    await flush();
    expect(first.status).toBe("fulfilled");
    expect(middle.status).toBe("rejected");
    expect(last.status).toBe(forAll || name === "Mutex.execute()" ? "fulfilled" : "pending");
  });

  test("many who wait with one signal have one listener, and the process does not warn", async () => {
    const controller = new AbortController();
    const found = await complaints(async () => {
      const { start } = await make(50);
      const crowd = Array.from({ length: 50 }, () => rejection(start({ signal: controller.signal })));
      expect(listeners(controller.signal)).toBe(1);
      controller.abort(reason);
      expect(new Set(await Promise.all(crowd))).toEqual(new Set([reason]));
    });
    expect(found).toEqual([]);
    expect(listeners(controller.signal)).toBe(0);
  });

  test("10,000 aborted waiters leave no listener, no timer and nobody in the line", async () => {
    using clock = virtualTime();
    const { start, grant, waiting } = await make(10_000);
    const shared = new AbortController();
    const controllers = Array.from({ length: 5_000 }, () => new AbortController());
    const crowd = controllers.flatMap(({ signal }) => [
      observe(start({ signal })),
      observe(start({ signal: shared.signal })),
    ]);
    expect(waiting()).toBe(10_000);
    for (const controller of controllers) controller.abort(reason);
    expect(waiting()).toBe(5_000);
    shared.abort(reason);
    expect(waiting()).toBe(0);
    await clock.advance(0);
    expect(crowd.every((each) => each.reason === reason)).toBe(true);
    expect([shared, ...controllers].every(({ signal }) => listeners(signal) === 0)).toBe(true);
    expect(clock.pending).toEqual([]);
    expect(waiting()).toBe(0);
    grant();
  });

  test("nothing is kept of those who waited and gave up", async () => {
    const { start, waiting } = await make(1_000);
    const crowd = (): WeakRef<object>[] =>
      Array.from({ length: 1_000 }, () => {
        const controller = new AbortController();
        start({ signal: controller.signal }).catch(() => {});
        return controller;
      }).map((controller) => {
        controller.abort(reason);
        return new WeakRef(controller.signal);
      });
    // The platform may hold on to the last event that it sent.
    expect(await survivors(crowd())).toBeLessThan(5);
    expect(waiting()).toBe(0);
  });

  test("goes on in its own caller's AsyncLocalStorage context, not in that of the granter or the aborter", async () => {
    const user = new AsyncLocalStorage<string>();
    const { start, grant } = await make(2);
    const controller = new AbortController();
    const ask = async (signal?: AbortSignal): Promise<string | undefined> => {
      await start({ signal }).catch(() => {});
      return user.getStore();
    };
    const granted = user.run("Ada", ask);
    const aborted = user.run("Bob", () => ask(controller.signal));
    user.run("aborter", () => controller.abort());
    user.run("granter", grant);
    expect(await Promise.all([granted, aborted])).toEqual(["Ada", "Bob"]);
  });
});

describe.each(waits.filter(({ forAll }) => !forAll))(
  "$name, which is granted to one at a time",
  ({ make }) => {
    test("an abort and then the grant in one turn: it goes to the next", async () => {
      const { start, grant } = await make();
      const controller = new AbortController();
      const first = observe(start({ signal: controller.signal }));
      const second = observe(start());
      controller.abort(reason);
      grant();
      await flush();
      expect(first.status).toBe("rejected");
      expect(first.reason).toBe(reason);
      expect(second.status).toBe("fulfilled");
    });
  },
);
