import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import { describe, expect, test } from "vitest";
import { gracefulShutdown } from "yieldpoint/node";
import { deferred, survivors } from "../support/waiting.ts";
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
