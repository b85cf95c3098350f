import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { gracefulShutdown } from "yieldpoint/node";
import { deferred, flush, survivors } from "../support/waiting.ts";
import { installed, Line, listening } from "./shutdown-support.ts";

const hello: RequestListener = (request, response) => response.end(`hello ${request.url}`);

describe("a server that drains", () => {
  test.each(["checkContinue", "checkExpectation"])("sees a request that is given to %s", async (event) => {
    const server = createServer(hello);
    const { shutdown } = installed({ server });
    const work = deferred();
    server.on(event, (_, response: ServerResponse) => {
      void work.promise.then(() => response.end("as expected"));
    });
    const line = await Line.open(await listening(server));
    line.ask("/1", [`Expect: ${event === "checkContinue" ? "100-continue" : "tea"}`]);
    await once(server, event);
    const outcome = shutdown.start();
    setTimeout(work.resolve, 100);
    await line.closed;
    expect(line.text).toMatch(/as expected$/);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("leaves to Node what Node does where nobody listens", async () => {
    const server = createServer(hello);
    installed({ server });
    const port = await listening(server);
    const expecting = await Line.open(port);
    expecting.ask("/1", ["Expect: 100-continue"]);
    await expecting.hears("hello /1");
    expect(expecting.text).toMatch(/^HTTP\/1\.1 100 Continue/);
    const upgrading = await Line.open(port);
    upgrading.ask("/2", ["Connection: Upgrade", "Upgrade: tea"]);
    await upgrading.hears("hello /2");
  });

  test.each(["upgrade", "connect"])("waits for a connection that was handed over by %s", async (event) => {
    const server = createServer(hello);
    const { shutdown } = installed({ server });
    server.on(event, (_, socket) => {
      socket.write("switched");
      socket.on("data", (chunk: Buffer) => socket.end(`heard ${String(chunk)}`));
    });
    const line = await Line.open(await listening(server));
    if (event === "upgrade") line.ask("/", ["Connection: Upgrade", "Upgrade: tea"]);
    else line.socket.write("CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n");
    await line.hears("switched");
    const outcome = shutdown.start();
    setTimeout(() => line.socket.write("bye"), 150);
    await line.closed;
    expect(line.text).toMatch(/heard bye$/);
    line.socket.destroy();
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("waits for the connections of a server of node:net", async () => {
    const server = createNetServer((socket) => {
      socket.write("hello");
      socket.on("data", (chunk) => socket.end(`heard ${String(chunk)}`));
    });
    const { shutdown } = installed({ server });
    const line = await Line.open(await listening(server));
    await line.hears("hello");
    const outcome = shutdown.start();
    setTimeout(() => line.socket.write("bye"), 100);
    await line.closed;
    expect(line.text).toBe("helloheard bye");
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("keeps a quiet connection until the deadline for a `linger` of Infinity", async () => {
    const server = createServer(hello);
    const { shutdown } = installed({ server, linger: Infinity, deadline: 100 });
    const line = await Line.open(await listening(server));
    expect(await shutdown.start()).toMatchObject({ code: 1, failures: [{ name: "server" }] });
    await line.closed;
  });

  test("closes a quiet connection after a `linger` that is longer than a timer can be", async () => {
    const server = createServer(hello);
    const longest = 2 ** 31 - 1;
    const { shutdown } = installed({ server, linger: longest + 1000, deadline: Infinity });
    const accepted = once(server, "connection");
    const line = await Line.open(await listening(server));
    const [socket] = await accepted;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const outcome = shutdown.start();
    for (const ms of [longest, 999]) {
      vi.advanceTimersByTime(ms);
      await flush();
      expect(socket.destroyed).toBe(false);
    }
    vi.advanceTimersByTime(1);
    await line.closed;
    expect(await outcome).toMatchObject({ code: 0 });
  });
});

test("nothing holds a server that is drained, such as Node's own timer over slow requests", async () => {
  const drained = async (make: () => Server): Promise<WeakRef<object>> => {
    const server = make();
    const shutdown = gracefulShutdown({ server, signals: [], exit: () => {} });
    await once(server.listen(0, "127.0.0.1"), "listening");
    await shutdown.start();
    expect(Object.hasOwn(server, "closeIdleConnections")).toBe(false);
    return new WeakRef(server);
  };
  expect(await survivors([await drained(createServer), await drained(createSecureServer)])).toBe(0);
});
