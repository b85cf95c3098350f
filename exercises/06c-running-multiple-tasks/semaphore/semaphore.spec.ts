import { test } from "vitest";
import { ensure, scenario } from "yieldpoint/testing";
import { Semaphore } from "./semaphore.ts";

test(
  "two pages load at a time, the third waits for a permit",
  scenario(async ({ service, expectTimeline }) => {
    const semaphore = new Semaphore(2);
    const pages = ["page 1", "page 2", "page 3"].map((name) => service(name, 100));

    await Promise.all(pages.map((load) => semaphore.execute(() => load())));

    expectTimeline(
      { "page 1": [0, 100], "page 2": [0, 100], "page 3": [100, 200] },
      "With two permits, the third task starts when one of the first two is over.",
    );
  }),
);

test(
  "those who wait are served in the order in which they came",
  scenario(async ({ service, expectTimeline }) => {
    const semaphore = new Semaphore(1);
    const first = await semaphore.acquire();
    const a = semaphore.execute(service("a", 100));
    const b = semaphore.execute(service("b", 100));
    const c = semaphore.execute(service("c", 100));
    first.release();

    await Promise.all([a, b, c]);

    expectTimeline(
      { a: [0, 100], b: [100, 200], c: [200, 300] },
      "Of a, b and c, who asked in this order, each gets the permit in turn.",
    );
  }),
);

test(
  "a newcomer does not overtake those who wait",
  scenario(async ({ service, expectTimeline }) => {
    const semaphore = new Semaphore(1);
    const first = await semaphore.acquire();
    const waiting = semaphore.execute(service("waiting", 100));
    // Asked for in the same turn in which the permit comes back: it belongs to the one who waits.
    first.release();
    const newcomer = semaphore.execute(service("newcomer", 100));

    await Promise.all([waiting, newcomer]);

    expectTimeline(
      { waiting: [0, 100], newcomer: [100, 200] },
      "A permit that comes back belongs to the first in line from that moment on.",
    );
  }),
);

test(
  "a permit comes back after a task rejects",
  scenario(async ({ service, observe, expectTimeline }) => {
    const semaphore = new Semaphore(1);
    const broken = observe(semaphore.execute(service("broken", 100, { error: new Error("page not found") })));

    await semaphore.execute(service("next", 100));

    ensure(broken.status === "rejected", "The error of a failed task did not reach its caller.");
    expectTimeline(
      { broken: { start: 0, end: 100, outcome: "failed" }, next: [100, 200] },
      "The next task starts as soon as the failed one is over.",
    );
  }),
);

test(
  "a permit comes back after a task throws at once",
  scenario(async ({ service, observe, expectTimeline, advance }) => {
    const semaphore = new Semaphore(1);
    const holder = semaphore.execute(service("holder", 100));
    let started = false;
    const broken = observe(
      semaphore.execute(() => {
        started = true;
        throw new Error("no such page");
      }),
    );
    await advance(50);
    ensure(!started, "A task was started while another one held the only permit.");

    await semaphore.execute(service("next", 100));
    await holder;

    ensure(broken.status === "rejected", "The error of a task that throws did not reach its caller.");
    expectTimeline(
      { holder: [0, 100], next: [100, 200] },
      "A task that throws holds its permit for no time at all.",
    );
  }),
);

test(
  "a permit that is released twice comes back once",
  scenario(async ({ service, expectTimeline }) => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire();
    const second = await semaphore.acquire();
    const tasks = ["a", "b", "c", "d"].map((name) => semaphore.execute(service(name, 100)));
    first.release();
    first.release();
    second.release();
    // Another permit has come back since; the first one is still not there to be put back again.
    first.release();

    await Promise.all(tasks);

    expectTimeline(
      { a: [0, 100], b: [0, 100], c: [100, 200], d: [100, 200] },
      "Two permits were taken, so two can come back, however often release() is called.",
    );
  }),
);

test(
  "whoever gives up stops waiting at once",
  scenario(async ({ service, observe, advance }) => {
    const semaphore = new Semaphore(1);
    const controller = new AbortController();
    const holder = semaphore.execute(service("holder", 100));
    const waiting = observe(semaphore.acquire({ signal: controller.signal }));
    await advance(40);
    ensure(waiting.status === "pending", "acquire() gave a permit although none was free.");

    const reason = new Error("the user closed the tab");
    controller.abort(reason);
    await advance(1);

    ensure(
      waiting.status !== "pending",
      "acquire({ signal }) still waits 1 ms after its signal aborted; it should have rejected at once.",
    );
    ensure(
      waiting.status === "rejected",
      "acquire({ signal }) gave a permit although its signal had aborted.",
    );
    ensure(waiting.reason === reason, "acquire({ signal }) rejected, but not with signal.reason itself.");
    await holder;

    const unused = new Semaphore(1);
    const late = observe(unused.acquire({ signal: AbortSignal.abort(reason) }));
    await advance(1);
    ensure(
      late.status === "rejected",
      "acquire({ signal }) was called with a signal that had aborted before, and it did not reject.",
    );
    const next = observe(unused.acquire());
    await advance(1);
    ensure(
      next.status === "fulfilled",
      "acquire({ signal }) rejected because its signal had aborted before, yet it took the only permit.",
    );
  }),
);

test(
  "whoever gives up takes no permit with them",
  scenario(async ({ service, observe, expectTimeline, advance }) => {
    const semaphore = new Semaphore(1);
    const controller = new AbortController();
    const holder = semaphore.execute(service("holder", 100));
    const waiting = observe(semaphore.acquire({ signal: controller.signal }));
    const next = semaphore.execute(service("next", 100));
    await advance(40);
    controller.abort(new Error("the user closed the tab"));

    await Promise.all([holder, next]);

    expectTimeline(
      { holder: [0, 100], next: [100, 200] },
      "The permit of the first goes to the one who still waits.",
    );
    ensure(waiting.status === "rejected", "acquire({ signal }) did not reject when its signal aborted.");
    const again = observe(semaphore.acquire());
    await advance(1);
    ensure(again.status === "fulfilled", "All is done, yet no permit is free: one was lost on the way.");
  }),
);

test(
  "an abort after the permit was granted does not touch the line",
  scenario(async ({ service, observe, advance }) => {
    const semaphore = new Semaphore(1);
    const controller = new AbortController();
    const holder = await semaphore.acquire();
    const granted = observe(semaphore.acquire({ signal: controller.signal }));
    const behind = [service("b", 100), service("c", 100)];
    const served = behind.map((load) => observe(semaphore.execute(load)));
    await advance(10);
    ensure(
      granted.status === "pending" && behind.every(({ calls }) => calls === 0),
      "acquire() gave a permit although none was free.",
    );
    holder.release();
    await advance(10);
    const permit = granted.value;
    ensure(permit !== undefined, "The permit came back, and the first in line did not get it.");

    controller.abort(new Error("the user closed the tab"));
    await advance(10);
    permit.release();
    await advance(500);

    const done = served.filter(({ status }) => status === "fulfilled").length;
    ensure(
      done === 2,
      `Two were waiting when the signal of the one who held the permit aborted; ${done} of them got a permit afterwards.`,
    );
  }),
);

test(
  "no permit is lost when it comes back and the signal aborts in one turn",
  scenario(async ({ service, observe, advance }) => {
    const semaphore = new Semaphore(1);
    const controller = new AbortController();
    const holder = await semaphore.acquire();
    const waiting = observe(semaphore.acquire({ signal: controller.signal }));
    await advance(10);
    ensure(waiting.status === "pending", "acquire() gave a permit although none was free.");

    holder.release();
    controller.abort(new Error("the user closed the tab"));
    await advance(1);
    // Whoever was handed the permit puts it back; whoever was rejected has none.
    waiting.value?.release();
    const next = service("next", 100);
    observe(semaphore.execute(next));
    await advance(1);

    ensure(
      next.calls === 1,
      "A permit came back, the signal of the first in line aborted in the same turn, and now nobody has the permit.",
    );
    await advance(100);
  }),
);

test(
  "execute gives the task's value (guard)",
  scenario(async () => {
    const value = await new Semaphore(1).execute(() => 42);
    ensure(value === 42, "execute() did not give the value of the task.");
  }),
);
