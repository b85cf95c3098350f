import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { leaksOf, undo } from "./leaks.ts";

const here = String.raw`test/testing/leak-check-handles\.test\.ts:\d+`;

describe("a handle", () => {
  test("counts while it is open, and is none when it was closed", async () => {
    const servers: Server[] = [];
    const body = async (): Promise<void> => {
      const server = createServer();
      servers.push(server);
      await listen(server);
    };
    expect(await leaksOf(body)).toMatch(
      new RegExp(`^1 thing was left behind:\n  a TCP server, started at ${here}$`),
    );
    for (const server of servers) server.close();
    const closing = async (): Promise<void> => {
      const server = createServer();
      const port = await listen(server);
      await new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.destroy());
        socket.on("close", () => server.close(() => resolve()));
      });
    };
    expect(await leaksOf(closing)).toBe("nothing");
  });

  test("can be a process, a thread or a port", async () => {
    const kinds: readonly (readonly [string, () => unknown])[] = [
      [
        "a child process",
        () =>
          undo.push(
            (
              (child) => () =>
                child.kill()
            )(execFile("sleep", ["60"])),
          ),
      ],
      [
        "a worker thread",
        () =>
          undo.push(
            (
              (worker) => () =>
                void worker.terminate()
            )(newWorker()),
          ),
      ],
      [
        "a message port",
        () =>
          undo.push(
            (
              (channel) => () =>
                channel.port1.close()
            )(new MessageChannel()),
          ),
      ],
    ];
    for (const [kind, body] of kinds) {
      expect(await leaksOf(body)).toMatch(new RegExp(`^\\d things? w[^]*:\n  ${kind}, started at ${here}`));
    }
  });

  test("that is used up by the end is none: files, requests, replies", async () => {
    const body = async (): Promise<void> => {
      await readFile(new URL(import.meta.url));
      const server = createHttpServer((_request, response) => response.end("hello"));
      const port = await listen(server);
      const controller = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${port}`, { signal: controller.signal });
      expect(await answer.text()).toBe("hello");
      server.close();
      server.closeAllConnections();
    };
    expect(await leaksOf(body)).toBe("nothing");
  });

  test("that Node makes in a turn of its own is told with the line that led to it", async () => {
    const servers: Server[] = [];
    const sockets: { destroy(): void }[] = [];
    const message = await leaksOf(async () => {
      const server = createServer((socket) => sockets.push(socket));
      servers.push(server);
      const port = await listen(server);
      const accepted = once(server, "connection");
      await new Promise<void>((resolve) => sockets.push(connect(port, "127.0.0.1", resolve)));
      await accepted;
    });
    expect(sockets).toHaveLength(2);
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    const lines = message.split("\n").map((line) => line.replace(/\d+$/, "N"));
    expect(lines).toEqual([
      "2 things were left behind:",
      "  a TCP server, started at test/testing/leak-check-handles.test.ts:N",
      "  a TCP connection, started at test/testing/leak-check-handles.test.ts:N",
    ]);
  });

  test("does not count on request", async () => {
    const body = (): unknown =>
      undo.push(
        (
          (worker) => () =>
            void worker.terminate()
        )(newWorker()),
      );
    expect(await leaksOf(body, { handles: false })).toBe("nothing");
  });
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function newWorker(): Worker {
  return new Worker("setInterval(() => {}, 1000)", { eval: true });
}
