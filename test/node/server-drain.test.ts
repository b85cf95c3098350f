import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { flush, soon } from "../support/waiting.ts";
import { handingOn, installed, Line, listening, watchTimers } from "./shutdown-support.ts";

/** A server that answers when it is told to, and its responses in the order of the requests. */
async function held() {
  const asked: ServerResponse[] = [];
  const looks = new Set<() => void>();
  const server = createServer((_, response) => {
    asked.push(response);
    for (const look of looks) look();
  });
  const { shutdown, codes } = installed({ server });
  const port = await listening(server);
  const hasAsked = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (asked.length >= count) resolve();
      };
      looks.add(look);
      look();
    });
  return { server, shutdown, codes, port, asked, hasAsked };
}

const hello: RequestListener = (request, response) => response.end(`hello ${request.url}`);

describe("a server that drains", () => {
  test("answers what is in flight, and says that the connection closes", async () => {
    const { shutdown, port, asked, hasAsked, codes } = await held();
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    const outcome = shutdown.start();
    asked[0]?.end("whole");
    expect(await outcome).toEqual({ reason: undefined, code: 0, failures: [] });
    expect(codes).toEqual([]);
    await line.closed;
    expect(codes).toEqual([0]);
    expect(line.text).toMatch(/^HTTP\/1\.1 200 OK[^]*whole$/);
    expect(line.connectionHeaders).toEqual(["close"]);
  });

  test("accepts no new connection", async () => {
    const { shutdown, server, port, hasAsked } = await held();
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    void shutdown.start();
    expect(server.listening).toBe(false);
    await expect(Line.open(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    line.socket.destroy();
    expect(await shutdown.outcome).toMatchObject({ code: 0 });
  });

  test("answers one more request where the answer that was begun promised to keep the connection", async () => {
    const { shutdown, port, asked, hasAsked } = await held();
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    asked[0]?.writeHead(200, { "content-length": 5 }).write("be");
    const outcome = shutdown.start();
    asked[0]?.end("gun");
    await line.hears("begun");
    line.ask("/2");
    await hasAsked(2);
    asked[1]?.end("second");
    await line.closed;
    expect(line.text).toMatch(/begunHTTP[^]*second$/);
    expect(line.connectionHeaders).toEqual(["keep-alive", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test.each([
    [100, 100],
    [undefined, 200],
  ])(
    "closes a connection that was kept alive once it was quiet for `linger` (%s), not at once",
    async (linger, ms) => {
      const server = createServer(hello);
      const { shutdown } = installed({ server, linger });
      const line = await Line.open(await listening(server));
      line.ask("/1");
      await line.hears("hello /1");
      const start = performance.now();
      const outcome = shutdown.start();
      await soon(line.closed, "the quiet connection to be closed");
      // A timer may fire a little early.
      expect(performance.now() - start).toBeGreaterThan(ms - 5);
      expect(await outcome).toMatchObject({ code: 0 });
    },
  );

  test("answers a request that comes within `linger`, and closes then", async () => {
    const server = createServer(hello);
    const { shutdown } = installed({ server, linger: 60_000 });
    const line = await Line.open(await listening(server));
    line.ask("/1");
    await line.hears("hello /1");
    const outcome = shutdown.start();
    line.ask("/2");
    await line.closed;
    expect(line.text).toMatch(/hello \/2$/);
    expect(line.connectionHeaders).toEqual(["keep-alive", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("answers a request that has arrived while the event loop was blocked for longer than `linger`", async () => {
    const server = createServer((request, response) => {
      setTimeout(hello, request.url === "/1" ? 0 : 50, request, response);
    });
    const { shutdown } = installed({ server, linger: 1 });
    const line = await Line.open(await listening(server));
    line.ask("/1");
    await line.hears("hello /1");
    void shutdown.start();
    await new Promise(setImmediate);
    line.ask("/2");
    // The request goes out, and the timer is due before the loop looks for what has come in.
    for (const end = performance.now() + 50; performance.now() < end;);
    await line.closed;
    expect(line.text).toMatch(/hello \/2$/);
  });

  test("waits for the head of a request of which a part has come", async () => {
    const server = createServer(hello);
    const { shutdown } = installed({ server, linger: 50 });
    const line = await Line.open(await listening(server));
    const outcome = shutdown.start();
    // Each part comes within `linger` of the one before it.
    for (const part of "GET /parts HTTP/1.1\r\nHost: test\r\n\r\n".match(/[^]{1,8}/g) ?? []) {
      line.socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await line.closed;
    expect(line.text).toMatch(/hello \/parts$/);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("closes a connection on which nothing was ever asked", async () => {
    const server = createServer(hello);
    const { shutdown } = installed({ server });
    const line = await Line.open(await listening(server));
    const outcome = shutdown.start();
    await soon(line.closed, "the quiet connection to be closed");
    expect(await outcome).toMatchObject({ code: 0 });
    expect(line.text).toBe("");
  });

  test.each(["", "/1"])(
    "a connection that comes meanwhile is answered, or closed when it stays quiet (%j)",
    async (path) => {
      const { server, shutdown, asked, hasAsked, port } = await held();
      const handing = await handingOn(server);
      const holding = await Line.open(port);
      holding.ask("/held");
      await hasAsked(1);
      const outcome = shutdown.start();
      const line = await Line.open(handing);
      if (path) {
        line.ask(path);
        await hasAsked(2);
        asked[1]?.end("late");
      }
      await line.closed;
      expect(line.text).toMatch(path ? /late$/ : /^$/);
      expect(line.connectionHeaders).toEqual(path ? ["close"] : []);
      asked[0]?.end();
      expect(await outcome).toMatchObject({ code: 0 });
    },
  );

  test("answers all requests that were sent without waiting, the last one says that the connection closes", async () => {
    const { shutdown, port, asked, hasAsked } = await held();
    const line = await Line.open(port);
    for (const path of ["/1", "/2"]) line.ask(path);
    await hasAsked(2);
    const outcome = shutdown.start();
    line.ask("/3");
    await hasAsked(3);
    for (const index of [0, 1]) asked[index]?.end(`answer ${index}`);
    await line.hears("answer 1");
    // Longer than `linger`: the connection still owes an answer.
    await new Promise((resolve) => setTimeout(resolve, 100));
    asked[2]?.end("answer 2");
    await line.closed;
    expect(line.text).toMatch(/answer 0HTTP[^]*answer 1HTTP[^]*answer 2$/);
    // The second one was the last for a while.
    expect(line.connectionHeaders).toEqual(["keep-alive", "keep-alive", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("says so in place of what an answer has said itself, which is kept where it is the last no more", async () => {
    const { shutdown, port, asked, hasAsked } = await held();
    const lines = [await Line.open(port), await Line.open(port)] as const;
    for (const [index, line] of lines.entries()) {
      line.ask("/");
      await hasAsked(index + 1);
      asked[index]?.setHeader("Connection", "Keep-Alive");
    }
    const outcome = shutdown.start();
    lines[1].ask("/");
    await hasAsked(3);
    for (const response of asked) response.end();
    await Promise.all(lines.map(({ closed }) => closed));
    expect(lines[0].connectionHeaders).toEqual(["close"]);
    expect(lines[1].connectionHeaders).toEqual(["Keep-Alive", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("keeps all headers of one name that an answer is given in an array", async () => {
    const { shutdown, port, asked, hasAsked } = await held();
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    const outcome = shutdown.start();
    asked[0]?.writeHead(200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2"]).end();
    await line.closed;
    expect(line.text.match(/^Set-Cookie: .*$/gm)).toEqual(["Set-Cookie: a=1", "Set-Cookie: b=2"]);
    expect(line.connectionHeaders).toEqual(["close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("leaves headers alone that are sent", async () => {
    const { shutdown, port, asked, hasAsked } = await held();
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    const outcome = shutdown.start();
    asked[0]?.writeHead(200, { "content-length": 5 }).write("fir");
    line.ask("/2");
    await hasAsked(2);
    asked[0]?.end("st");
    asked[1]?.end("second");
    await line.closed;
    // What was promised to close after the first answer closes after it.
    expect(line.text).toMatch(/first$/);
    expect(line.connectionHeaders).toEqual(["close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("closes a connection that is quiet after an answer that promised to keep it", async () => {
    const { server, shutdown, port, asked, hasAsked } = await held();
    server.keepAliveTimeout = 60_000;
    const line = await Line.open(port);
    line.ask("/1");
    await hasAsked(1);
    asked[0]?.writeHead(200, { "content-length": 5 }).write("be");
    const outcome = shutdown.start();
    await line.hears("be");
    asked[0]?.end("gun");
    await line.closed;
    expect(line.text).toMatch(/begun$/);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test.each(["before its answer", "that is quiet"])(
    "goes on when a client leaves %s, with no timer",
    async (when) => {
      const server = createServer(() => {});
      const { shutdown } = installed({ server, linger: 60_000, deadline: Infinity });
      const port = await listening(server);
      const accepted = once(server, "connection");
      const line = await Line.open(port);
      await accepted;
      if (when === "before its answer") {
        line.ask("/1");
        await once(server, "request");
      }
      const running = watchTimers();
      const outcome = shutdown.start();
      line.socket.destroy();
      expect(await outcome).toMatchObject({ code: 0 });
      // The sockets close in the last phase of a turn.
      for (let turn = 0; turn < 3; turn++) await flush();
      expect(running()).toStrictEqual([]);
    },
  );
});
