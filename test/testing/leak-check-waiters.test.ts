import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  AsyncEvent,
  AsyncQueue,
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  timeout,
} from "yieldpoint";
import { observe } from "../../src/testing/index.ts";
import { leaksOf } from "./leaks.ts";

const here = String.raw`test/testing/leak-check-waiters\.test\.ts:\d+`;

describe("leakCheck() finds those who wait in the queue of", () => {
  const cases: Readonly<Record<string, () => Promise<unknown>>> = {
    "Semaphore.acquire()": () => full().acquire(),
    "Semaphore.execute()": () => full().execute(() => 5),
    "Semaphore.onIdle()": () => full().onIdle(),
    "Mutex.acquire()": () => locked().acquire(),
    "ReadWriteLock.read()": () => written().read(),
    "AsyncQueue.get()": () => new AsyncQueue().get(),
    "AsyncQueue.put()": () => new AsyncQueue({ capacity: 0 }).put(1),
    "AsyncEvent.wait()": () => new AsyncEvent().wait(),
    "Barrier.arrive()": () => new Barrier(2).arrive(),
    "Condition.wait()": () => waitFor(new Mutex()),
  };
  test.each(Object.entries(cases))("%s", async (_name, wait) => {
    const message = await leaksOf(() => {
      observe(wait());
    });
    expect(message).toMatch(new RegExp(`^1 thing was left behind:\n  code that still waits at ${here}: .*$`));
  });
});

describe("code that still waits", () => {
  test("is told with its line, once for a line", async () => {
    const semaphore = full();
    const message = await leaksOf(() => {
      const enter = async (): Promise<void> => {
        await semaphore.acquire();
      };
      void enter();
      void enter();
    });
    expect(message).toMatch(
      new RegExp(
        `^1 thing was left behind:\n  code that still waits at ${here}: await semaphore\\.acquire\\(\\);$`,
      ),
    );
  });

  test("is told the innermost first", async () => {
    const message = await leaksOf(() => {
      const inner = async (): Promise<void> => {
        await Promise.resolve();
        await new Promise(() => {});
      };
      const outer = async (): Promise<void> => {
        await inner();
      };
      void outer();
    });
    expect(message.replaceAll(new RegExp(here, "g"), "HERE")).toBe(
      [
        "2 things were left behind:",
        "  code that still waits at HERE: await new Promise(() => {});",
        "  code that still waits at HERE: await inner();",
      ].join("\n"),
    );
  });

  test("may be in a loop over a queue, or wait for a foreign thenable", async () => {
    const queue = new AsyncQueue<number>();
    const loop = await leaksOf(() => {
      void (async () => {
        for await (const item of queue) expect(item).toBe(0);
      })();
    });
    expect(loop).toMatch(/: for await \(const item of queue\) /);
    const silent: PromiseLike<void> = Object.create(null, { then: { value: () => {} } });
    const foreign = await leaksOf(() => {
      void (async () => {
        await silent;
      })();
    });
    expect(foreign).toMatch(/^1 thing was left behind:\n {2}code that still waits at .*: await silent;$/);
  });

  test("is none once it has gone on, or where only a promise is left that nobody awaits", async () => {
    const bodies: readonly (() => unknown)[] = [
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      () => void new Promise(() => {}),
      () => void new Promise(() => {}).then(() => {}),
      () => Promise.race([new Promise(() => {}), Promise.resolve(1)]),
      () => timeout(() => new Promise(() => {}), 1).catch(() => {}),
    ];
    for (const body of bodies) expect(await leaksOf(body)).toBe("nothing");
  });

  test("is not the body's where it began outside", async () => {
    const checked = leaksOf(() => new Promise((resolve) => setTimeout(resolve, 20)));
    observe(full().acquire());
    expect(await checked).toBe("nothing");
  });

  test("does not count on request", async () => {
    expect(await leaksOf(() => void full().acquire(), { waiters: false })).toBe("nothing");
  });

  test("is told with the beginning of a line that is very long", async () => {
    const folder = mkdtempSync(join(tmpdir(), "yieldpoint-waits-"));
    const filename = join(folder, "long.ts");
    const code = `async () => { await new Promise(() => {}); ${"work(); ".repeat(1000)} }`;
    writeFileSync(filename, code);
    const wait: () => Promise<void> = runInThisContext(code, { filename });
    const message = await leaksOf(() => void wait());
    rmSync(folder, { recursive: true });
    expect(message).toBe(
      `1 thing was left behind:\n  code that still waits at ${filename.replaceAll("\\", "/")}:1: ${code.slice(0, 100)}`,
    );
  });

  test("is told without its text where the file cannot be read", async () => {
    const wait: () => Promise<void> = runInThisContext("async () => {\n  await new Promise(() => {});\n}", {
      filename: "/no/such/file.ts",
    });
    expect(await leaksOf(() => void wait())).toMatch(/code that still waits at \/no\/such\/file\.ts:2$/);
  });
});

function full(): Semaphore {
  const semaphore = new Semaphore(1);
  semaphore.tryAcquire();
  return semaphore;
}

function locked(): Mutex {
  const mutex = new Mutex();
  mutex.tryAcquire();
  return mutex;
}

function written(): ReadWriteLock {
  const lock = new ReadWriteLock();
  void lock.write();
  return lock;
}

function waitFor(mutex: Mutex): Promise<unknown> {
  return mutex.execute(() => new Condition(mutex).wait());
}
