import type { IncomingMessage } from "node:http";
import { Agent, Client, type Dispatcher } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { CircuitOpenError, consecutive, QueueFullError } from "yieldpoint";
import { resilience } from "yieldpoint/http";
import { deferred, rejection } from "../../support/waiting.ts";
import { idleAgent } from "./support/faces.ts";
import { Notes } from "./support/notes.ts";
import { Site, until } from "./support/site.ts";

const get = { path: "/", method: "GET" } as const;

describe("resilience()", () => {
  test("never sends what was given up while it waited for a connection", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => void gate.promise.then(() => response.end()));
    const dispatcher = idleAgent({ connections: 1 }).compose(resilience({ attempts: 1 }));
    const first = dispatcher.request({ ...get, origin: site.origin });
    await until(() => site.requests.length === 1, "the request");
    const options = { ...get, path: "/second", origin: site.origin };
    const controller = new AbortController();
    const second = rejection(dispatcher.request({ ...options, signal: controller.signal }));
    const third = dispatcher.request({ ...get, path: "/third", origin: site.origin });
    controller.abort("enough");
    expect(await second).toBe("enough");
    gate.resolve();
    for (const { body } of [await first, await third]) await body.dump();
    expect(site.requests).toStrictEqual(["GET /", "GET /third"]);
  });

  test("counts the wait for a connection as part of the timeout", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => void gate.promise.then(() => response.end()));
    const agent = idleAgent({ connections: 1 });
    const first = agent.request({ ...get, origin: site.origin });
    await until(() => site.requests.length === 1, "the request");
    const dispatcher = agent.compose(resilience({ attempts: 1, timeout: 20 }));
    const error = await rejection(dispatcher.request({ ...get, origin: site.origin }));
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", ms: 20 });
    gate.resolve();
    await (await first).body.dump();
    expect(site.requests).toHaveLength(1);
  });

  test("passes on what only informs, and goes on to wait for the answer", async () => {
    const site = await Site.open((_, response, n) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.writeHead(n < 2 ? 503 : 200).end("body");
    });
    const dispatcher = idleAgent().compose(resilience({ backoff: 1 }));
    const infos: number[] = [];
    const onInfo = ({ statusCode }: { statusCode: number }): void => void infos.push(statusCode);
    const { statusCode, body } = await dispatcher.request({ ...get, origin: site.origin, onInfo });
    expect([infos, statusCode, await body.text()]).toStrictEqual([[103, 103], 200, "body"]);
  });

  test("lets upgrades pass", async () => {
    const site = await Site.open(() => {});
    const upgrade = (_: IncomingMessage, socket: NodeJS.WritableStream): void => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    };
    site.onUpgrade(upgrade);
    const client = new Client(site.origin);
    onTestFinished(() => client.destroy());
    const { socket } = await client.compose(resilience()).upgrade({ path: "/", protocol: "echo" });
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test("lets CONNECT pass", () => {
    const seen: unknown[] = [];
    const handler = {};
    const dispatch = resilience()((...told: unknown[]) => seen.push(...told) > 0);
    const options = { path: "a.example:443", method: "CONNECT" };
    expect((dispatch as Dispatcher["dispatch"])(options, handler)).toBe(true);
    expect([seen[0] === options, seen[1] === handler]).toStrictEqual([true, true]);
  });

  test("knows a Client by its one origin", async () => {
    const site = await Site.open((_, response) => response.writeHead(503).end());
    const client = new Client(site.origin);
    onTestFinished(() => client.close());
    const options = { attempts: 1, breaker: { trip: consecutive(1) } };
    const dispatcher = client.compose(resilience(options)) as unknown as Client;
    await (await dispatcher.request(get)).body.dump();
    expect(await rejection(dispatcher.request(get))).toBeInstanceOf(CircuitOpenError);
  });

  test("takes an origin that is an URL for the same as its text", async () => {
    const site = await Site.open((_, response) => void response.write("begun"));
    const dispatcher = idleAgent().compose(resilience({ bulkhead: { concurrency: 1 } }));
    const { body } = await dispatcher.request({ ...get, origin: new URL(site.origin) });
    expect(await rejection(dispatcher.request({ ...get, origin: site.origin }))).toBeInstanceOf(
      QueueFullError,
    );
    body.on("error", () => {}).destroy();
  });

  test("serves the platform's fetch, too", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(n < 3 ? 503 : 200).end("fine"));
    const dispatcher = idleAgent().compose(resilience({ backoff: 1 }));
    const response = await fetch(site.origin, { dispatcher } as RequestInit);
    expect([response.status, await response.text()]).toStrictEqual([200, "fine"]);
    const controller = new AbortController();
    const aborted = rejection(fetch(site.origin, { dispatcher, signal: controller.signal } as RequestInit));
    controller.abort("enough");
    expect(await aborted).toBe("enough");
  });

  test("says whether the dispatcher is free for more", () => {
    for (const isFree of [true, false]) {
      const dispatch = resilience()(() => isFree) as Dispatcher["dispatch"];
      expect(dispatch({ ...get, origin: "http://a.example" }, {})).toBe(isFree);
    }
  });

  test("passes on what a dispatcher throws, and does not repeat it", async () => {
    const notes = new Notes();
    const reason = new Error("broken");
    let calls = 0;
    const dispatch = resilience({ backoff: 1 })(() => {
      calls++;
      throw reason;
    }) as Dispatcher["dispatch"];
    dispatch({ ...get, origin: "http://a.example" }, notes);
    await notes.over.promise;
    expect([notes.error, calls]).toStrictEqual([reason, 1]);
  });

  test("passes on that a dispatcher refuses a request before it has begun", async () => {
    const agent = new Agent();
    await agent.destroy();
    const dispatcher = agent.compose(resilience());
    const refused = await rejection(dispatcher.request({ ...get, origin: "http://a.example" }));
    expect(refused).toMatchObject({ code: "UND_ERR_DESTROYED" });
  });
});
