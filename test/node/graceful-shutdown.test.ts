import { createServer, type Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import type { Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gracefulShutdown, type DrainableServer, type ShutdownOutcome } from "yieldpoint/node";
import { TimeoutError } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { complaints, deferred, flush, soon } from "../support/waiting.ts";
import { installed, Line, listening } from "./shutdown-support.ts";

describe("gracefulShutdown() steps", () => {
  test("run in order, each when the one before it has ended, with the context of a task", async () => {
    const seen: unknown[] = [];
    const { shutdown, codes } = installed({
      steps: [
        {
          name: "slow",
          async run({ signal, attempt }) {
            seen.push(signal.aborted, attempt);
            await sleep(20);
            seen.push("slow");
          },
        },
        { name: "plain", run: () => seen.push("plain") },
      ],
    });
    expect(await shutdown.start("deploy")).toEqual({ reason: "deploy", code: 0, failures: [] });
    expect(seen).toEqual([false, 1, "slow", "plain"]);
    // Whoever waits for the outcome comes first.
    expect(codes).toEqual([]);
    await flush();
    expect(codes).toEqual([0]);
  });

  test("go on after one that fails, in whichever way, and each failure is told", async () => {
    const told: unknown[] = [];
    const { shutdown, codes } = installed({
      steps: [
        { name: "rejects", run: () => Promise.reject(undefined) },
        {
          name: "throws",
          run() {
            throw "thrown";
          },
        },
        { name: "works", run: () => told.push("works") },
      ],
      onError: (failure) => told.push(failure),
    });
    const failures = [
      { name: "rejects", error: undefined },
      { name: "throws", error: "thrown" },
    ];
    expect(await shutdown.start()).toEqual({ reason: undefined, code: 1, failures });
    expect(told).toEqual([...failures, "works"]);
    await flush();
    expect(codes).toEqual([1]);
  });

  test.each(["throws", "rejects"])("go on after an `onError` that %s, which breaks nothing", async (how) => {
    const ran: string[] = [];
    const { shutdown } = installed({
      steps: [
        { name: "fails", run: () => Promise.reject(new Error("x")) },
        { name: "works", run: () => ran.push("works") },
      ],
      onError() {
        if (how === "throws") throw new Error("onError");
        return Promise.reject(new Error("onError"));
      },
    });
    const found = await complaints(async () => {
      expect(await shutdown.start()).toMatchObject({ code: 1 });
    });
    expect(ran).toEqual(["works"]);
    // In a process, it would end it before the steps that follow.
    expect(found).toEqual([]);
  });

  test("a failure is printed to stderr where nobody asks for it", async () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => print.mockRestore());
    const error = new Error("disk full");
    const { shutdown } = installed({
      steps: [{ name: "flush", run: () => Promise.reject(error) }],
      onError: undefined,
    });
    await shutdown.start();
    expect(print.mock.calls).toEqual([["gracefulShutdown: flush failed:", error]]);
  });

  test("at the deadline the one that runs is told, later ones are not run, and what it does then is ignored", async () => {
    const work = deferred();
    const ran: string[] = [];
    let reason: unknown;
    const { shutdown } = installed({
      steps: [
        { name: "early", run: () => ran.push("early") },
        {
          name: "hangs",
          run({ signal }) {
            signal.addEventListener("abort", () => (reason = signal.reason));
            return work.promise;
          },
        },
        { name: "late", run: () => ran.push("late") },
      ],
      deadline: 20,
    });
    const found = await complaints(async () => {
      const { code, failures } = await soon(shutdown.start(), "the deadline");
      expect(code).toBe(1);
      expect(failures).toEqual([{ name: "hangs", error: expect.any(TimeoutError) }]);
      expect(failures[0]?.error).toMatchObject({ ms: 20 });
      expect(reason).toBe(failures[0]?.error);
      work.reject(new Error("stopped"));
      await flush();
      expect(failures).toHaveLength(1);
    });
    expect(found).toEqual([]);
    expect(ran).toEqual(["early"]);
  });

  test("have 10 seconds where nothing else is said", async () => {
    using clock = virtualTime();
    const { shutdown } = installed({ steps: [{ name: "hangs", run: () => new Promise(() => {}) }] });
    const outcome = observe(shutdown.start());
    await clock.advance(9_999);
    expect(outcome.status).toBe("pending");
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ code: 1, failures: [{ error: { ms: 10_000 } }] });
    expect(clock.pending).toEqual([]);
  });

  test("are run after `drain`, when a connection that hangs was destroyed", async () => {
    const server = createServer(() => {});
    const ran: string[] = [];
    server.once("close", () => ran.push("closed"));
    const { shutdown } = installed({
      server,
      steps: [{ name: "database", run: () => ran.push("database") }],
      drain: 50,
    });
    const line = await Line.open(await listening(server));
    line.ask("/hang");
    await new Promise((resolve) => server.once("request", resolve));
    const outcome = await soon(shutdown.start(), "the end of `drain`");
    expect(outcome).toEqual({
      reason: undefined,
      code: 1,
      failures: [{ name: "server", error: expect.objectContaining({ code: "ERR_TIMEOUT", ms: 50 }) }],
    });
    await line.closed;
    expect(ran).toEqual(["closed", "database"]);
  });
});

test("gracefulShutdown() runs the steps after `drain` also where a server never says that it has closed", async () => {
  const ran: string[] = [];
  const { shutdown } = installed({
    server: { close() {}, emit: () => true },
    steps: [{ name: "database", run: () => ran.push("database") }],
    drain: 20,
  });
  expect(await shutdown.start()).toEqual({
    reason: undefined,
    code: 1,
    failures: [{ name: "server", error: expect.objectContaining({ code: "ERR_TIMEOUT", ms: 20 }) }],
  });
  expect(ran).toEqual(["database"]);
});

describe("gracefulShutdown() start", () => {
  test("does its work once, and gives one promise", async () => {
    let runs = 0;
    const { shutdown, codes } = installed({ steps: [{ name: "step", run: () => void runs++ }] });
    const promises = [shutdown.start("first"), shutdown.start("second"), shutdown.outcome];
    expect(new Set(promises).size).toBe(1);
    expect(await shutdown.outcome).toMatchObject({ reason: "first", code: 0 });
    await shutdown.start("third");
    await flush();
    expect([runs, codes]).toEqual([1, [0]]);
  });

  test("aborts `signal` first, with what it begins with", async () => {
    const seen: unknown[] = [];
    const { shutdown } = installed({ steps: [{ name: "step", run: () => seen.push("step") }] });
    expect(shutdown.signal.aborted).toBe(false);
    shutdown.signal.addEventListener("abort", () => {
      seen.push(shutdown.signal.reason);
      void shutdown.start("again");
    });
    const reason = { why: "deploy" };
    expect((await shutdown.start(reason)).reason).toBe(reason);
    expect(seen).toEqual([reason, "step"]);
  });

  test("ends the process by process.exit", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    onTestFinished(() => exit.mockRestore());
    await installed({ exit: undefined }).shutdown.start();
    await flush();
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test("drains several servers, and one that never listened", async () => {
    const servers = [createServer(), createServer(), createServer()];
    const { shutdown } = installed({ server: servers });
    await listening(servers[0] as never);
    await listening(servers[1] as never);
    expect(await shutdown.start()).toMatchObject({ code: 0 });
    expect(servers.map(({ listening: still }) => still)).toEqual([false, false, false]);
  });

  test("destroys what a server had before, at the deadline", async () => {
    const server = createServer();
    const line = await Line.open(await listening(server));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { shutdown } = installed({ server, deadline: 50 });
    expect(await shutdown.start()).toMatchObject({ code: 1 });
    const open = sleep(2_000, "still open", { ref: false });
    expect(await Promise.race([line.closed, open])).not.toBe("still open");
  });

  test("takes a server's failure to close for a failure, and goes on", async () => {
    const error = new Error("close");
    const server: DrainableServer = {
      emit: () => true,
      close() {
        throw error;
      },
    };
    const ran: string[] = [];
    const { shutdown } = installed({ server, steps: [{ name: "step", run: () => ran.push("step") }] });
    expect(await shutdown.start()).toMatchObject({ code: 1, failures: [{ name: "server", error }] });
    expect(ran).toEqual(["step"]);
  });
});

describe("gracefulShutdown() bad arguments", () => {
  const bad = (value: unknown) => value as never;
  const step = { name: "db", run: () => {} };
  const signal = "a signal must be the name of one that can be listened to";

  test.each([
    [{ server: bad({}) }, TypeError, "server must be a server, got Object"],
    [{ server: bad([null]) }, TypeError, "server must be a server, got null"],
    [{ server: bad({ close() {} }) }, TypeError, "server must be a server, got Object"],
    [{ server: bad({ emit() {} }) }, TypeError, "server must be a server, got Object"],
    [{ steps: bad({}) }, TypeError, "steps must be an array, got Object"],
    [{ steps: [step, bad({ run() {} })] }, TypeError, "a step's name must be a string, got undefined"],
    [{ steps: [step, bad(null)] }, TypeError, "a step's name must be a string, got undefined"],
    [{ steps: [bad({ name: "db" })] }, TypeError, 'run of step "db" must be a function, got undefined'],
    [{ signals: bad("SIGTERM") }, TypeError, 'signals must be an array, got "SIGTERM"'],
    [{ signals: bad(["SIGUSR2", "SIGKILL"]) }, TypeError, `${signal}, got "SIGKILL"`],
    [{ signals: bad(["SIGUSR2", "SIGSTOP"]) }, TypeError, `${signal}, got "SIGSTOP"`],
    [{ signals: bad(["SIGUSR2", "sigterm"]) }, TypeError, `${signal}, got "sigterm"`],
    [{ signals: bad([15]) }, RangeError, `${signal}, got 15`],
    [{ signals: bad([undefined]) }, TypeError, `${signal}, got undefined`],
    [{ deadline: -1 }, RangeError, "deadline must be a number >= 0, got -1"],
    [{ drain: Number.NaN }, RangeError, "drain must be a number >= 0, got NaN"],
    [{ linger: bad("1s") }, TypeError, 'linger must be a number >= 0, got "1s"'],
    [{ onError: bad(true) }, TypeError, "onError must be a function, got true"],
    [{ exit: bad(0) }, TypeError, "exit must be a function, got 0"],
  ])("%o are refused", (options, type, message) => {
    const before = process.listenerCount("SIGUSR2");
    expect(() => gracefulShutdown({ signals: ["SIGUSR2"], ...options })).toThrow(
      new type(`gracefulShutdown: ${message}`),
    );
    expect(process.listenerCount("SIGUSR2")).toBe(before);
  });
});

describe("gracefulShutdown() types", () => {
  test("takes the servers of Node, and options that are explicitly undefined", () => {
    expectTypeOf<HttpServer>().toExtend<DrainableServer>();
    expectTypeOf<HttpsServer>().toExtend<DrainableServer>();
    expectTypeOf<Http2Server>().toExtend<DrainableServer>();
    expectTypeOf<Http2SecureServer>().toExtend<DrainableServer>();
    expectTypeOf<NetServer>().toExtend<DrainableServer>();
    using shutdown = gracefulShutdown({
      server: undefined,
      steps: undefined,
      signals: [],
      deadline: undefined,
      drain: undefined,
      linger: undefined,
      onError: undefined,
      exit: undefined,
    });
    expectTypeOf(shutdown.start).returns.resolves.toEqualTypeOf<ShutdownOutcome>();
    expectTypeOf(shutdown.outcome).resolves.toHaveProperty("code").toEqualTypeOf<number>();
    expect(shutdown.signal.aborted).toBe(false);
  });
});
