import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createServer as createNetServer, type Socket } from "node:net";
import { duplexPair } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { handingOn, installed, Line, listening } from "./shutdown-support.ts";

describe("a server that drains, and was handed connections", () => {
  test("answers what is in flight on them, whether it listens or not", async () => {
    const server = createServer();
    const { shutdown } = installed({ server });
    const line = await Line.open(await handingOn(server));
    const requested = once(server, "request");
    line.ask("/1");
    const [, response] = (await requested) as [unknown, ServerResponse];
    const outcome = shutdown.start();
    setTimeout(() => response.end("whole"), 100);
    await line.closed;
    expect(line.text).toMatch(/whole$/);
    expect(line.connectionHeaders).toEqual(["close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("waits for all of them, also for one that comes meanwhile", async () => {
    const server = createNetServer((socket) => {
      socket.write("hello");
      socket.on("data", (chunk) => socket.end(`heard ${String(chunk)}`));
    });
    const ended: string[] = [];
    const { shutdown } = installed({ server, steps: [{ name: "step", run: () => ended.push("step") }] });
    const port = await handingOn(server);
    const first = await Line.open(port);
    await first.hears("hello");
    const outcome = shutdown.start();
    const second = await Line.open(port);
    await second.hears("hello");
    for (const line of [first, second]) {
      line.socket.write("bye");
      await line.closed;
      ended.push(line.text);
    }
    expect(await outcome).toMatchObject({ code: 0 });
    expect(ended).toEqual(["helloheard bye", "helloheard bye", "step"]);
  });

  test("destroys them after `drain`, and goes on", async () => {
    const server = createServer(() => {});
    const ran: string[] = [];
    const { shutdown } = installed({
      server,
      steps: [{ name: "database", run: () => ran.push("database") }],
      drain: 50,
    });
    const line = await Line.open(await handingOn(server));
    line.ask("/hang");
    await once(server, "request");
    expect(await shutdown.start()).toMatchObject({ code: 1, failures: [{ name: "server" }] });
    await line.closed;
    expect(ran).toEqual(["database"]);
  });

  test("waits for none that it has sent to another process", async () => {
    const code = `process.on("message", (_, socket) => socket.end("from another process"))`;
    const child = spawn(process.execPath, ["--eval", code], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    onTestFinished(() => void child.kill());
    const server = createNetServer((socket) => child.send("socket", socket));
    const { shutdown } = installed({ server });
    const line = await Line.open(await listening(server));
    await line.hears("from another process");
    await line.closed;
    expect(await shutdown.start()).toMatchObject({ code: 0 });
  });

  test("waits for none that had closed before", async () => {
    const server = createServer();
    const { shutdown } = installed({ server });
    const [late] = duplexPair();
    await once(late.destroy(), "close");
    server.emit("connection", late as Socket);
    expect(await shutdown.start()).toMatchObject({ code: 0 });
  });

  test("closes one that is any Duplex, whether something was asked on it or not", async () => {
    const pairs = [duplexPair(), duplexPair()] as const;
    const closed = Promise.all(pairs.map(([, socket]) => once(socket, "close")));
    const server = createServer((request, response) => {
      if (request.url === "/1") response.end("hello /1");
      // The server drains until then.
      else void closed.then(() => response.end("closed"));
    });
    const { shutdown } = installed({ server });
    const line = await Line.open(await listening(server));
    const requested = once(server, "request");
    line.ask("/held");
    await requested;
    for (const [, socket] of pairs) server.emit("connection", socket as Socket);
    const [[asking]] = pairs;
    asking.write("GET /1 HTTP/1.1\r\nHost: test\r\n\r\n");
    await once(asking, "data");
    const outcome = shutdown.start();
    await line.hears("closed");
    expect(await outcome).toMatchObject({ code: 0 });
  });
});
