import { describe, expect, test } from "vitest";
import { ReadWriteLock } from "yieldpoint";
import { observe, type Observed } from "yieldpoint/testing";
import { flush } from "../../support/waiting.ts";

const reason = new Error("gave up");

function statuses(...observed: Observed<unknown>[]): string[] {
  return observed.map(({ status }) => status);
}

describe("ReadWriteLock", () => {
  test("lets readers share it", async () => {
    const lock = new ReadWriteLock();
    const permits = await Promise.all([lock.read(), lock.read(), lock.read()]);
    expect(lock.stats()).toEqual({ readers: 3, writing: false, waiting: 0 });
    for (const permit of permits) permit.release();
    expect(lock.stats()).toEqual({ readers: 0, writing: false, waiting: 0 });
  });

  test("lets a writer in alone", async () => {
    const lock = new ReadWriteLock();
    const permit = await lock.write();
    expect(lock.stats()).toEqual({ readers: 0, writing: true, waiting: 0 });
    const others = [observe(lock.read()), observe(lock.write()), observe(lock.read())];
    await flush();
    expect(statuses(...others)).toEqual(["pending", "pending", "pending"]);
    expect(lock.stats()).toEqual({ readers: 0, writing: true, waiting: 3 });
    permit.release();
    await flush();
    expect(statuses(...others)).toEqual(["fulfilled", "pending", "pending"]);
  });

  test("a waiting writer goes before later readers, so that readers cannot starve it", async () => {
    const lock = new ReadWriteLock();
    const reading = await lock.read();
    const writer = observe(lock.write());
    const later = [observe(lock.read()), observe(lock.read())];
    await flush();
    expect(statuses(writer, ...later)).toEqual(["pending", "pending", "pending"]);
    reading.release();
    await flush();
    expect(statuses(writer, ...later)).toEqual(["fulfilled", "pending", "pending"]);
    writer.value?.release();
    await flush();
    expect(statuses(...later)).toEqual(["fulfilled", "fulfilled"]);
    expect(lock.stats()).toEqual({ readers: 2, writing: false, waiting: 0 });
  });

  test("a writer waits for the last of the readers", async () => {
    const lock = new ReadWriteLock();
    const readers = await Promise.all([lock.read(), lock.read()]);
    const writer = observe(lock.write());
    readers[0]?.release();
    await flush();
    expect(writer.status).toBe("pending");
    readers[1]?.release();
    await flush();
    expect(writer.status).toBe("fulfilled");
  });

  test("readers that wait together are let in together, and go before the next writer", async () => {
    const lock = new ReadWriteLock();
    const first = await lock.write();
    const readers = [observe(lock.read()), observe(lock.read())];
    const second = observe(lock.write());
    const last = observe(lock.read());
    first.release();
    await flush();
    expect(statuses(...readers, second, last)).toEqual(["fulfilled", "fulfilled", "pending", "pending"]);
  });

  test("a writer that gives up lets the readers behind it in, at once", async () => {
    const lock = new ReadWriteLock();
    await lock.read();
    const controller = new AbortController();
    const writer = observe(lock.write({ signal: controller.signal }));
    const behind = [observe(lock.read()), observe(lock.read())];
    const next = observe(lock.write());
    const last = observe(lock.read());
    await flush();
    controller.abort(reason);
    expect(lock.stats()).toEqual({ readers: 3, writing: false, waiting: 2 });
    await flush();
    expect(statuses(writer, ...behind)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(statuses(next, last)).toEqual(["pending", "pending"]);
  });

  test("a reader that gives up before a writer holds the writer up no longer", async () => {
    const lock = new ReadWriteLock();
    const writing = await lock.write();
    const controller = new AbortController();
    const reader = observe(lock.read({ signal: controller.signal }));
    const writer = observe(lock.write());
    controller.abort(reason);
    writing.release();
    await flush();
    expect(statuses(reader, writer)).toEqual(["rejected", "fulfilled"]);
  });

  test("a permit that is released twice frees nobody else's", async () => {
    const lock = new ReadWriteLock();
    const [one] = await Promise.all([lock.read(), lock.read()]);
    one?.release();
    one?.release();
    one?.[Symbol.dispose]();
    expect(lock.stats().readers).toBe(1);
    const writer = observe(lock.write());
    await flush();
    expect(writer.status).toBe("pending");
  });

  test("a writer's old permit does not free the next writer's", async () => {
    const lock = new ReadWriteLock();
    const old = await lock.write();
    old.release();
    await lock.write();
    old.release();
    expect(lock.stats().writing).toBe(true);
  });

  test("`using` gives it back at the end of the block", async () => {
    const lock = new ReadWriteLock();
    {
      using _ = await lock.write();
      expect(lock.stats().writing).toBe(true);
    }
    {
      using _ = await lock.read();
      expect(lock.stats()).toEqual({ readers: 1, writing: false, waiting: 0 });
    }
    expect(lock.stats()).toEqual({ readers: 0, writing: false, waiting: 0 });
  });

  test("options that it does not have change nothing", async () => {
    const lock = new ReadWriteLock();
    const options: object = { weight: 5, priority: 1 };
    const reader = await lock.read(options);
    expect(lock.stats().readers).toBe(1);
    const writer = observe(lock.write(options));
    await flush();
    expect(writer.status).toBe("pending");
    reader.release();
    await flush();
    expect(lock.stats().writing).toBe(true);
  });
});
