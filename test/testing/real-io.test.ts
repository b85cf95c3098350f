import { execFile } from "node:child_process";
import { lookup } from "node:dns";
import { readFile as readFileCallback, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { RealIOError, virtualTime } from "../../src/testing/index.ts";

const sleepTakenEarly = promisify(setTimeout);
const file = new URL(import.meta.url);

describe("clock.run() says so when its body starts", () => {
  const operations: readonly (readonly [what: string, body: () => unknown])[] = [
    ["a file operation", () => readFile(file)],
    ["a file operation", () => promisify(readFileCallback)(file)],
    ["a DNS lookup", () => promisify(lookup)("localhost")],
    [
      "a TCP connection",
      () =>
        new Promise((resolve) =>
          connect(9, "127.0.0.1")
            .on("close", resolve)
            .on("error", () => {}),
        ),
    ],
    ["a TCP connection", () => new Promise((resolve) => get("http://127.0.0.1:9").on("error", resolve))],
    [
      "a TCP server",
      () =>
        new Promise<void>((resolve) => {
          createServer().listen(0, resolve).unref();
        }),
    ],
    ["a child process", () => promisify(execFile)(process.execPath, ["--version"])],
    ["a worker thread", () => new Worker("", { eval: true }).unref()],
    ["a digest on the thread pool", () => crypto.subtle.digest("SHA-256", new Uint8Array(1))],
  ];
  test.each(operations)("%s, with its line", async (what, body) => {
    using clock = virtualTime();
    const error = await clock.run(body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RealIOError);
    expect(error).toMatchObject({
      code: "ERR_REAL_IO",
      message: expect.stringMatching(
        new RegExp(
          `^Real I/O under virtual time: ${what} was started at test/testing/real-io\\.test\\.ts:\\d+\\.`,
        ),
      ),
    });
  });

  test("a fetch, which connects later, with the line of the fetch", async () => {
    using clock = virtualTime();
    const error = await clock.run(() => fetch("http://127.0.0.1:9999")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^Real I\/O under virtual time: a TCP connection was started by the fetch at test\/testing\/real-io\.test\.ts:\d+\./,
      ),
    });
  });

  test("I/O after an await and after a timer, too", async () => {
    using clock = virtualTime();
    const body = async (): Promise<void> => {
      await sleep(10);
      await readFile(file);
    };
    await expect(clock.run(body)).rejects.toThrow(RealIOError);
  });

  test("I/O that it does not wait for", async () => {
    using clock = virtualTime();
    const body = (): void => {
      readFileCallback(file, () => {});
    };
    await expect(clock.run(body)).rejects.toThrow(RealIOError);
  });

  test("a real timer whose function was taken before the installation", async () => {
    using clock = virtualTime();
    await expect(clock.run(() => sleepTakenEarly(1))).rejects.toThrow(
      /^A real timer was started under virtual time at test\/testing\/real-io\.test\.ts:\d+\. .*promisify\(setTimeout\)/,
    );
  });

  test("I/O, and tells what to do instead", async () => {
    using clock = virtualTime();
    await expect(clock.run(() => readFile(file))).rejects.toThrow(
      /never sees the virtual clock.*Call a recorded service instead, service\(name, ms\), or run this test in real time\./,
    );
  });

  test("I/O, and points at the line of the run", async () => {
    using clock = virtualTime();
    const error = await clock.run(() => readFile(file)).catch((thrown: unknown) => thrown);
    expect(error instanceof Error ? error.stack?.split("\n")[1] : "").toContain("real-io.test.ts");
  });
});

describe("clock.run() does not object to", () => {
  test("synchronous I/O, which takes no turn of the event loop", async () => {
    using clock = virtualTime();
    expect(await clock.run(() => readFileSync(file, "utf8"))).toContain("synchronous I/O");
  });

  test("what the test runner does, such as printing", async () => {
    using clock = virtualTime();
    await clock.run(async () => {
      console.log("printed under virtual time");
      await sleep(10);
    });
    expect(clock.now).toBe(10);
  });

  test("a fetch that is replaced by a function without I/O", async () => {
    const real = globalThis.fetch;
    const stub = (): Promise<Response> => Promise.resolve(new Response("stubbed"));
    globalThis.fetch = stub;
    try {
      using clock = virtualTime();
      const text = await clock.run(async () => (await fetch("http://127.0.0.1:9999")).text());
      expect(text).toBe("stubbed");
      expect(globalThis.fetch).toBe(stub);
    } finally {
      globalThis.fetch = real;
    }
  });

  test("a module that is imported", async () => {
    using clock = virtualTime();
    const module = await clock.run(() => import("./fixtures/imported.ts"));
    expect(module.imported).toBe(true);
  });

  test("I/O outside a run", async () => {
    using _clock = virtualTime();
    expect(await readFile(file, "utf8")).toContain("outside a run");
  });

  test("I/O that is allowed, and waits for it in real time", async () => {
    using clock = virtualTime({ realIO: "allow" });
    const text = await clock.run(async () => {
      await sleep(10);
      return readFile(file, "utf8");
    });
    expect(text).toContain("that is allowed");
    expect(clock.now).toBe(10);
  });
});
