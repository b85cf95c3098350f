import { type Agent, fetch as undiciFetch, Response as UndiciResponse } from "undici";
import { describe, expect, test } from "vitest";
import { resilientFetch } from "yieldpoint/http";
import { complaints, deferred, flush, listeners, rejection, soon, survivors } from "../../support/waiting.ts";
import { idleAgent } from "./support/faces.ts";
import { faked } from "./support/faked.ts";
import { Site, until } from "./support/site.ts";

const through = (agent: Agent): RequestInit => ({ dispatcher: agent }) as RequestInit;

describe("a response of resilientFetch()", () => {
  test("looks as the platform's own", async () => {
    const site = await Site.open((_, response) => {
      response.writeHead(201, "Made", { "content-type": "text/plain", "set-cookie": ["a=1", "b=2"] });
      response.end("made");
    });
    const agent = idleAgent();
    const own = await fetch(`${site.origin}/a?b`, through(agent));
    const ours = await resilientFetch()(`${site.origin}/a?b`, through(agent));
    expect(ours).toBeInstanceOf(Response);
    for (const name of ["status", "statusText", "ok", "url", "redirected", "type", "bodyUsed"] as const) {
      expect([name, ours[name]]).toStrictEqual([name, own[name]]);
    }
    expect(ours.headers.getSetCookie()).toStrictEqual(["a=1", "b=2"]);
    const blob = await ours.blob();
    expect([blob.type, await blob.text(), ours.bodyUsed]).toStrictEqual(["text/plain", "made", true]);
    await own.text();
  });

  test.for(["\u0401", "\u0001", ""])("has the status text %j that no constructor takes", async (text) => {
    const bytes = Buffer.from(`HTTP/1.1 200 ${text}\r\ncontent-length: 2\r\n\r\nok`);
    const site = await Site.open((request) => void request.socket.end(bytes));
    const own = await fetch(site.origin, through(idleAgent()));
    const ours = await resilientFetch()(site.origin, through(idleAgent()));
    expect([ours.status, ours.statusText, await ours.text()]).toStrictEqual([200, own.statusText, "ok"]);
    await own.text();
  });

  test("is of the class of the fetch that made it", async () => {
    const site = await Site.open((_, response) => response.end("{}"));
    const fetch = resilientFetch({ fetch: undiciFetch });
    const response = await fetch(site.origin, { dispatcher: idleAgent() });
    expect(response).toBeInstanceOf(UndiciResponse);
    expect([response.url, await response.json()]).toStrictEqual([`${site.origin}/`, {}]);
  });

  test("can be cloned, and the clone cloned, before it is read", async () => {
    const site = await Site.open((_, response) => response.writeHead(404).end("body"));
    const response = await resilientFetch()(`${site.origin}/x`, through(idleAgent()));
    const all = [response, response.clone()];
    all.push((all[1] as Response).clone());
    for (const each of all) {
      expect([each.status, each.ok, each.url]).toStrictEqual([404, false, `${site.origin}/x`]);
    }
    expect(await Promise.all(all.map((each) => each.text()))).toStrictEqual(["body", "body", "body"]);
  });

  test("may have a status that no constructor takes", async () => {
    const site = await Site.open((_, response) => response.writeHead(999, { "x-why": "bots" }).end("denied"));
    const response = await resilientFetch()(site.origin, through(idleAgent()));
    expect([response.status, response.ok, response.headers.get("x-why")]).toStrictEqual([999, false, "bots"]);
    expect(await response.text()).toBe("denied");
  });

  test("can be read in pieces, into a buffer of one's own, and left midway", async () => {
    const site = await Site.open((request, response) => {
      if (request.url === "/endless") response.write("one ");
      else response.end("bytes");
    });
    const agent = idleAgent();
    const fetch = resilientFetch();
    const reader = (await fetch(site.origin, through(agent))).body?.getReader({ mode: "byob" });
    const { value } = (await reader?.read(new Uint8Array(3))) ?? {};
    expect(new TextDecoder().decode(value)).toBe("byt");
    const rest = await reader?.read(new Uint8Array(3));
    expect(new TextDecoder().decode(rest?.value)).toBe("es");
    const end = await soon(reader?.read(new Uint8Array(3)) as Promise<unknown>, "the end of the body");
    expect(end).toStrictEqual({ done: true, value: new Uint8Array(0) });

    const { body } = await fetch(`${site.origin}/endless`, through(agent));
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      expect(new TextDecoder().decode(chunk)).toBe("one ");
      break;
    }
    await until(() => site.busy === 0, "the request to be over");
  });

  test("is given as it is where it has no body that can be watched", async () => {
    const empty = new Response(null, { status: 204 });
    expect(await faked(async () => empty)("http://a.example")).toBe(empty);
    const foreign = { status: 200, headers: new Headers(), body: { pipe: () => {} } } as unknown as Response;
    expect(await faked(async () => foreign, { bodyTimeout: 1 })("http://a.example")).toBe(foreign);
  });

  test("takes nothing from the owner of the bytes, and skips empty chunks", async () => {
    const chunk = Buffer.from("pooled");
    const source = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start(controller) {
          for (const each of [new Uint8Array(), new Uint8Array(), chunk]) controller.enqueue(each);
          controller.close();
        },
      });
    const response = await faked(async () => new Response(source()))("http://a.example");
    expect(await response.text()).toBe("pooled");
    expect(chunk.toString()).toBe("pooled");
  });

  test("fails with what its body fails with, also a falsy reason", async () => {
    for (const reason of [new Error("broken"), undefined, 0]) {
      const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(reason) });
      const response = await faked(async () => new Response(body))("http://a.example");
      expect(await rejection(response.text())).toBe(reason);
    }
  });

  test("tells the source why it is cancelled", async () => {
    const told: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({ cancel: (reason) => void told.push(reason) });
    const response = await faked(async () => new Response(body))("http://a.example");
    await response.body?.cancel("enough");
    expect(told).toStrictEqual(["enough"]);
  });
});

describe("resilientFetch() and a fetch that does not listen", () => {
  test("cancels an answer that comes after the deadline", async () => {
    const late = deferred<Response>();
    const told: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({ cancel: (reason) => void told.push(reason) });
    const fetch = faked(() => late.promise, { attempts: 1, timeout: 10 });
    const error = await rejection(fetch("http://a.example"));
    late.resolve(new Response(body));
    await flush();
    expect(told).toStrictEqual([error]);
  });

  test("cancels an answer that comes after its deadline at once, though other attempts follow", async () => {
    const late = deferred<Response>();
    const told: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({ cancel: (reason) => void told.push(reason) });
    const waiting = deferred();
    const backoff = (): number => (waiting.resolve(), 60_000);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = rejection(
      faked(() => late.promise, { timeout: 10, backoff })("http://a.example", { signal }),
    );
    await waiting.promise;
    late.resolve(new Response(body));
    await flush();
    expect(told).toMatchObject([{ code: "ERR_TIMEOUT" }]);
    controller.abort("enough");
    expect(await asked).toBe("enough");
  });

  test("ends a body at its deadline and at an abort, though the source says nothing and cannot be cancelled", async () => {
    const found = await complaints(async () => {
      const body = (): ReadableStream<Uint8Array> =>
        new ReadableStream({ cancel: () => Promise.reject(new Error("cannot")) });
      const slow = await faked(async () => new Response(body()), { bodyTimeout: 20 })("http://a.example");
      expect(await rejection(slow.text())).toMatchObject({ code: "ERR_TIMEOUT", ms: 20 });
      const controller = new AbortController();
      const signal = controller.signal;
      const aborted = await faked(async () => new Response(body()))("http://a.example", { signal });
      const reading = rejection(aborted.text());
      controller.abort("enough");
      expect(await reading).toBe("enough");
    });
    expect(found).toStrictEqual([]);
  });

  test("uses the global fetch as it is at the call, and hands over all that it was given", async () => {
    const platform = globalThis.fetch;
    const seen: unknown[] = [];
    const fetch = resilientFetch();
    globalThis.fetch = async (input, init) => {
      seen.push(input, { ...init, signal: init?.signal?.constructor.name });
      return new Response(null);
    };
    try {
      const init = { headers: { a: "b" }, cache: "no-store", dispatcher: 1 } as RequestInit;
      await fetch("http://a.example", init);
      expect(seen).toStrictEqual(["http://a.example", { ...init, signal: "AbortSignal" }]);
    } finally {
      globalThis.fetch = platform;
    }
  });

  test("takes the signal of a Request, unless init says that there is none", async () => {
    const request = new Request("http://a.example", { signal: AbortSignal.abort("enough") });
    const fetch = faked(async () => new Response("fine"));
    expect(await rejection(fetch(request))).toBe("enough");
    expect(await (await fetch(request, { signal: null })).text()).toBe("fine");
  });

  test("lets go of 10,000 waiting requests at one abort, with no listener and no timer left", async () => {
    const gate = deferred<Response>();
    const bulkhead = { concurrency: 1, maxQueue: 10_000 };
    const fetch = faked(() => gate.promise, { bulkhead });
    const first = fetch("http://a.example");
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: 10_000 }, () => rejection(fetch("http://a.example/x", { signal })));
    expect(listeners(signal)).toBe(1);
    controller.abort("enough");
    expect(new Set(await Promise.all(waiting))).toStrictEqual(new Set(["enough"]));
    expect(listeners(signal)).toBe(0);
    gate.resolve(new Response("fine"));
    expect(await (await first).text()).toBe("fine");
    await flush();
    expect(process.getActiveResourcesInfo()).not.toContain("Timeout");
  });
});

describe("a response that nobody reads", () => {
  test("is released when it is collected, slot and all, however long its caller's signal lives", async () => {
    const site = await Site.open((_, response) => void response.write("begun"));
    const init = { ...through(idleAgent()), signal: new AbortController().signal };
    const bulkhead = { concurrency: 1, maxQueue: 1 };
    const fetch = resilientFetch({ bulkhead, bodyTimeout: 60_000 });
    const forget = async (): Promise<WeakRef<object>> => new WeakRef(await fetch(site.origin, init));
    const forgotten = await forget();
    const next = fetch(site.origin, init);
    for (let round = 0; round < 50 && site.requests.length < 2; round++) {
      await survivors([forgotten]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(forgotten.deref()).toBe(undefined);
    expect(site.requests).toHaveLength(2);
    await (await next).body?.cancel();
    expect(listeners(init.signal)).toBe(0);
  });

  test("stays as long as somebody reads its body", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => {
      response.write("begun ");
      void gate.promise.then(() => response.end("ended"));
    });
    const { body } = await resilientFetch()(site.origin, through(idleAgent()));
    const reader = body?.getReader();
    await reader?.read();
    await survivors([]);
    gate.resolve();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("ended");
    expect(await reader?.read()).toMatchObject({ done: true });
  });
});
