import { createServer } from "node:http";
import { isatty } from "node:tty";
import { setTimeout as sleep } from "node:timers/promises";
import { gracefulShutdown } from "yieldpoint/node";
import { describe, expect, test, vi } from "vitest";
import { deferred, flush, soon } from "../support/waiting.ts";
import { installed, Line, listening, watchTimers } from "./shutdown-support.ts";

vi.mock("node:tty", { spy: true });

// Nothing else in the process listens for these.
const signals = ["SIGUSR2", "SIGHUP"] as const;

function send(signal: NodeJS.Signals): void {
  process.emit(signal, signal);
}

describe("gracefulShutdown() signals", () => {
  test.each(signals)("%s begins it", async (signal) => {
    const { shutdown, codes } = installed({ signals });
    send(signal);
    const outcome = await soon(shutdown.outcome, "the shutdown");
    expect(outcome).toEqual({ reason: signal, code: 0, failures: [] });
    await flush();
    expect(codes).toEqual([0]);
  });

  test("a second one forces the end: connections and the step are not waited for", async () => {
    const server = createServer(() => {});
    const late = { name: "late", run: () => {} };
    const { shutdown, codes } = installed({ server, signals, steps: [late], drain: 60_000, deadline: 2_000 });
    const line = await Line.open(await listening(server));
    line.ask("/hang");
    await new Promise((resolve) => server.once("request", resolve));
    const running = watchTimers();
    send("SIGUSR2");
    await flush();
    expect(codes).toEqual([]);
    expect(running()).toContain(60_000);
    send("SIGHUP");
    expect(await shutdown.outcome).toEqual({ reason: "SIGUSR2", code: 128 + 1, failures: [] });
    await line.closed;
    expect(codes).toEqual([129]);
    expect(running()).toStrictEqual([]);
  });

  test("a second one tells the step that runs", async () => {
    let told: unknown;
    const { shutdown } = installed({
      signals,
      deadline: 2_000,
      steps: [
        {
          name: "hangs",
          run: ({ signal }) =>
            new Promise(() => signal.addEventListener("abort", () => (told = signal.reason))),
        },
      ],
    });
    send("SIGHUP");
    await flush();
    send("SIGHUP");
    await shutdown.outcome;
    expect(told).toMatchObject({ name: "AbortError" });
  });

  test("the first one does not force what was begun by code", async () => {
    const work = deferred();
    const { shutdown } = installed({ signals, steps: [{ name: "step", run: () => work.promise }] });
    void shutdown.start("code");
    await flush();
    send("SIGUSR2");
    await flush();
    work.resolve();
    expect(await shutdown.outcome).toEqual({ reason: "code", code: 0, failures: [] });
  });

  test("one that is named twice is heard once", async () => {
    const { shutdown } = installed({ signals: ["SIGUSR2", "SIGUSR2"] });
    send("SIGUSR2");
    expect(await shutdown.outcome).toMatchObject({ code: 0 });
  });

  test.each([
    { first: "SIGINT", tty: true, between: 0, code: 0 },
    { first: "SIGINT", tty: true, between: 150, code: 130 },
    { first: "SIGINT", tty: false, between: 0, code: 130 },
    { first: "SIGTERM", tty: true, between: 0, code: 130 },
  ] as const)("a SIGINT that npm passes on is no second one: %o", async ({ first, tty, between, code }) => {
    vi.mocked(isatty).mockImplementation((fd) => fd === 0 && tty);
    const before = new Set(process.listeners("SIGINT"));
    const { shutdown } = installed({
      signals: ["SIGINT", "SIGTERM"],
      steps: [{ name: "step", run: () => sleep(400) }],
    });
    // Not through the process: the test runner listens, too.
    const listener = process.listeners("SIGINT").find((each) => !before.has(each)) as NodeJS.SignalsListener;
    Reflect.apply(listener, process, [first]);
    await sleep(between);
    Reflect.apply(listener, process, ["SIGINT"]);
    expect(await shutdown.outcome).toMatchObject({ code });
  });

  test("at a terminal another signal is a second one", async () => {
    vi.mocked(isatty).mockReturnValue(true);
    const { shutdown } = installed({
      signals,
      steps: [{ name: "step", run: () => sleep(60_000, null, { ref: false }) }],
    });
    send("SIGHUP");
    send("SIGHUP");
    expect(await shutdown.outcome).toMatchObject({ code: 129 });
  });

  test("SIGINT and SIGTERM are the default", () => {
    const count = () => (["SIGINT", "SIGTERM"] as const).map((signal) => process.listenerCount(signal));
    const before = count();
    const shutdown = gracefulShutdown();
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    shutdown[Symbol.dispose]();
    expect(count()).toEqual(before);
  });
});

describe("gracefulShutdown() leaves nothing behind", () => {
  const heard = () => signals.map((signal) => process.listenerCount(signal));

  test("when it is disposed of before it has begun", async () => {
    const server = createServer();
    const { shutdown } = installed({ server, signals });
    expect(heard()).toEqual([1, 1]);
    expect(Object.hasOwn(server, "emit")).toBe(true);
    shutdown[Symbol.dispose]();
    shutdown[Symbol.dispose]();
    expect(heard()).toEqual([0, 0]);
    expect(Object.hasOwn(server, "emit")).toBe(false);
  });

  test("when it is over", async () => {
    const server = createServer();
    const { shutdown } = installed({ server, signals });
    await shutdown.start();
    expect(heard()).toEqual([0, 0]);
    expect(Object.hasOwn(server, "emit")).toBe(false);
  });

  test("disposed of while it runs, it listens for no signal, and still sees what its servers do", async () => {
    const server = createServer((_, response) => response.end("hello"));
    const { shutdown } = installed({ server, signals, linger: 60_000 });
    const line = await Line.open(await listening(server));
    line.ask("/1");
    await line.hears("hello");
    const outcome = shutdown.start();
    shutdown[Symbol.dispose]();
    expect(heard()).toEqual([0, 0]);
    line.ask("/2");
    await line.closed;
    expect(line.connectionHeaders).toEqual(["keep-alive", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("another who watches `emit` of the server in the same way goes on doing so", async () => {
    const seen: unknown[] = [];
    const server = createServer();
    const watch = (): void => {
      const emit: unknown = Reflect.get(server, "emit");
      Reflect.set(server, "emit", (...args: unknown[]) => {
        seen.push(args[0]);
        return Reflect.apply(emit as () => boolean, server, args);
      });
    };
    watch();
    const own = Object.getOwnPropertyDescriptor(server, "emit");
    const first = installed({ server }).shutdown;
    first[Symbol.dispose]();
    expect(Object.getOwnPropertyDescriptor(server, "emit")).toEqual(own);
    const second = installed({ server }).shutdown;
    watch();
    second[Symbol.dispose]();
    server.emit("test");
    expect(seen).toEqual(["test", "test"]);
  });
});
