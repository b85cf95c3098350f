import { Readable } from "node:stream";
import {
  type Agent,
  FormData as UndiciFormData,
  interceptors,
  Request as UndiciRequest,
  fetch as undiciFetch,
} from "undici";
import { describe, expect, test } from "vitest";
import { RetryBudget } from "yieldpoint";
import { resilience, resilientFetch } from "yieldpoint/http";
import { isReplayable } from "../../../src/adapters/http/replayable.ts";
import { rejection } from "../../support/waiting.ts";
import { client, faces, idleAgent } from "./support/faces.ts";
import { Site } from "./support/site.ts";

/** Reads each request to its end, notes the bodies, and answers with 503. */
async function busy(): Promise<{ site: Site; bodies: string[] }> {
  const bodies: string[] = [];
  const site = await Site.open((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(503).end("busy");
    });
  });
  return { site, bodies };
}

describe.each(faces)("%s", (face) => {
  test.for(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] as const)("repeats %s", async (method) => {
    const { site } = await busy();
    const reply = await client(face, { attempts: 2 })(site.origin, { method });
    await reply.text();
    expect(site.requests).toStrictEqual([`${method} /`, `${method} /`]);
  });

  test.for(["POST", "PATCH"] as const)("sends %s once, whatever happens", async (method) => {
    const { site } = await busy();
    const reply = await client(face)(site.origin, { method, body: "order" });
    expect([reply.status, await reply.text()]).toStrictEqual([503, "busy"]);
    expect(site.requests).toHaveLength(1);

    const resetting = await Site.open((request) => request.socket.resetAndDestroy());
    await rejection(client(face)(resetting.origin, { method, body: "order" }));
    expect(resetting.requests).toHaveLength(1);

    const silent = await Site.open(() => {});
    await rejection(client(face, { timeout: 40 })(silent.origin, { method, body: "order" }));
    expect(silent.requests).toHaveLength(1);
  });

  test("repeats POST with an Idempotency-Key, body and all", async () => {
    const { site, bodies } = await busy();
    const headers = { "Idempotency-Key": "7" };
    const reply = await client(face, { attempts: 3 })(site.origin, {
      method: "POST",
      headers,
      body: "order",
    });
    await reply.text();
    expect(bodies).toStrictEqual(["order", "order", "order"]);
  });

  test("repeats the methods that it is told, and no others", async () => {
    const { site } = await busy();
    const call = client(face, { attempts: 2, methods: ["post"] });
    await (await call(site.origin, { method: "POST", body: "search" })).text();
    await (await call(site.origin, { method: "GET" })).text();
    expect(site.requests).toStrictEqual(["POST /", "POST /", "GET /"]);
  });

  test("repeats the statuses that it is told, and no others", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(n < 3 ? 500 : 503).end());
    const reply = await client(face, { statuses: [500] })(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([503, ""]);
    expect(site.requests).toHaveLength(3);
  });

  test("repeats a body of bytes", async () => {
    const { site, bodies } = await busy();
    const body = new TextEncoder().encode("bytes");
    await (await client(face, { attempts: 2 })(site.origin, { method: "PUT", body })).text();
    expect(bodies).toStrictEqual(["bytes", "bytes"]);
  });

  test("never repeats a stream", async () => {
    const { site, bodies } = await busy();
    const body = face === "resilience()" ? Readable.from(["one", "shot"]) : new Blob(["oneshot"]).stream();
    const reply = await client(face)(site.origin, { method: "PUT", body });
    expect([reply.status, await reply.text()]).toStrictEqual([503, "busy"]);
    expect(bodies).toStrictEqual(["oneshot"]);
  });

  test("spends the budget that it shares with others, and gives the answer when there is none", async () => {
    const { site } = await busy();
    const budget = new RetryBudget({ ratio: 0, reserve: 1 });
    for (let i = 0; i < 2; i++) {
      const reply = await client(face, { budget })(site.origin);
      expect([reply.status, await reply.text()]).toStrictEqual([503, "busy"]);
    }
    expect(site.requests).toHaveLength(3);
    expect(budget.stats()).toMatchObject({ calls: 2, granted: 1, refused: 2 });
  });
});

describe("isReplayable()", () => {
  async function* chunks(): AsyncGenerator<string> {
    yield "once";
  }

  test.for([
    undefined,
    null,
    "",
    "text",
    new Uint8Array(1),
    new DataView(new ArrayBuffer(1)),
    new ArrayBuffer(1),
    new SharedArrayBuffer(1),
    new Blob(["b"]),
    new File(["f"], "f"),
    new FormData(),
    new UndiciFormData(),
    new URLSearchParams("a=1"),
  ])("is what is in memory: %o", (body) => {
    expect(isReplayable(body)).toBe(true);
  });

  test.for([new ReadableStream(), Readable.from(["a"]), chunks(), ["a"][Symbol.iterator](), {}, []])(
    "is no stream and no iterator: %o",
    (body) => {
      expect(isReplayable(body)).toBe(false);
    },
  );
});

describe("resilientFetch() and Request objects", () => {
  /** What fetch is given beside its standard options. */
  const through = (agent: Agent): RequestInit => ({ dispatcher: agent }) as RequestInit;

  test("repeats a Request without a body, of the platform and of undici", async () => {
    const { site } = await busy();
    const agent = idleAgent();
    const fetch = resilientFetch({ attempts: 2, backoff: 1 });
    expect(await (await fetch(new Request(`${site.origin}/a`), through(agent))).text()).toBe("busy");
    const other = resilientFetch({ attempts: 2, backoff: 1, fetch: undiciFetch });
    const request = new UndiciRequest(`${site.origin}/b`, { method: "DELETE" });
    expect(await (await other(request, { dispatcher: agent })).text()).toBe("busy");
    expect(site.requests).toStrictEqual(["GET /a", "GET /a", "DELETE /b", "DELETE /b"]);
  });

  test("sends the body of a Request once, and repeats one that is given beside it", async () => {
    const { site, bodies } = await busy();
    const agent = idleAgent();
    const fetch = resilientFetch({ attempts: 2, backoff: 1 });
    const put = { method: "PUT", body: "inside" };
    await (await fetch(new Request(site.origin, put), through(agent))).text();
    expect(bodies).toStrictEqual(["inside"]);
    const beside = { ...through(agent), body: "beside" };
    await (await fetch(new Request(site.origin, put), beside)).text();
    expect(bodies).toStrictEqual(["inside", "beside", "beside"]);
  });

  test("reads the method and the headers of a Request, unless init has others", async () => {
    const { site } = await busy();
    const agent = idleAgent();
    const fetch = resilientFetch({ attempts: 2, backoff: 1 });
    const keyed = new Request(site.origin, { method: "POST", headers: { "idempotency-key": "1" } });
    await (await fetch(keyed, through(agent))).text();
    expect(site.requests.splice(0)).toStrictEqual(["POST /", "POST /"]);
    await (await fetch(keyed, { ...through(agent), headers: {} })).text();
    expect(site.requests.splice(0)).toStrictEqual(["POST /"]);
    await (await fetch(new Request(site.origin), { ...through(agent), method: "post" })).text();
    expect(site.requests).toStrictEqual(["POST /"]);
  });

  test("takes a Request in the place of init, with all that it says", async () => {
    const seen: unknown[] = [];
    const fetch = resilientFetch({
      attempts: 2,
      backoff: 1,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { url, method, headers } = request;
        seen.push([url, method, headers.get("x"), await request.text()]);
        return new Response(null, { status: seen.length % 2 === 1 ? 503 : 200 });
      },
    });
    const post = new Request("http://a.example/old", { method: "POST", headers: { x: "1" }, body: "hi" });
    expect((await fetch("http://b.example/new", post)).status).toBe(503);
    expect(seen.splice(0)).toStrictEqual([["http://b.example/new", "POST", "1", "hi"]]);
    const get = new Request("http://a.example/old", { headers: { x: "2" } });
    expect((await fetch("http://b.example/new", get)).status).toBe(200);
    expect(seen).toHaveLength(2);
    const controller = new AbortController();
    const told = new Request("http://a.example/old", controller);
    controller.abort("enough");
    expect(await rejection(fetch("http://b.example/new", told))).toBe("enough");
  });

  test.for([[["Idempotency-Key", "1"]], new Headers({ "idempotency-key": "1" }), { "IDEMPOTENCY-KEY": "1" }])(
    "finds the key in headers of any form",
    async (headers) => {
      const { site } = await busy();
      const fetch = resilientFetch({ attempts: 2, backoff: 1 });
      const init = { ...through(idleAgent()), method: "POST", headers: headers as HeadersInit };
      await (await fetch(new URL(site.origin), init)).text();
      expect(site.requests).toHaveLength(2);
    },
  );

  test("follows a redirect within an attempt", async () => {
    const other = await Site.open((_, response, n) => response.writeHead(n < 2 ? 503 : 200).end("there"));
    const site = await Site.open((_, response) => {
      response.writeHead(302, { location: `${other.origin}/new` }).end();
    });
    const fetch = resilientFetch({ backoff: 1 });
    const response = await fetch(`${site.origin}/old`, through(idleAgent()));
    expect([response.redirected, response.url]).toStrictEqual([true, `${other.origin}/new`]);
    expect(await response.text()).toBe("there");
    expect(site.requests).toStrictEqual(["GET /old", "GET /old"]);
    expect(other.requests).toStrictEqual(["GET /new", "GET /new"]);
  });

  test("does not repeat a redirect that is forbidden", async () => {
    const site = await Site.open((_, response) => response.writeHead(302, { location: "/new" }).end());
    const fetch = resilientFetch({ backoff: 1 });
    const refused = fetch(site.origin, { ...through(idleAgent()), redirect: "error" });
    expect(await rejection(refused)).toBeInstanceOf(TypeError);
    expect(site.requests).toHaveLength(1);
  });
});

describe("resilience() and its neighbours", () => {
  test.for(["inside", "outside"])("works with a redirect %s", async (where) => {
    const site = await Site.open((request, response, n) => {
      if (request.url === "/old") response.writeHead(302, { location: "/new" }).end();
      else response.writeHead(n < 3 ? 503 : 200).end("there");
    });
    const redirect = interceptors.redirect({ maxRedirections: 3 });
    const own = resilience({ backoff: 1 });
    const agent = idleAgent();
    const dispatcher = where === "inside" ? agent.compose(redirect, own) : agent.compose(own, redirect);
    const { body, context } = await dispatcher.request({ origin: site.origin, path: "/old", method: "GET" });
    expect(await body.text()).toBe("there");
    expect(context).toMatchObject({ history: [new URL("/old", site.origin), new URL("/new", site.origin)] });
    const [old, new_] = ["GET /old", "GET /new"];
    expect(site.requests).toStrictEqual(where === "inside" ? [old, new_, old, new_] : [old, new_, new_]);
  });

  test.for([
    ["idempotency-key", "1", "accept", "*/*"],
    new Map([["Idempotency-Key", "1"]]),
    { "idempotency-key": "1" },
  ])("finds the key in headers of any form", async (headers) => {
    const { site } = await busy();
    const dispatcher = idleAgent().compose(resilience({ attempts: 2, backoff: 1 }));
    const options = { origin: site.origin, path: "/", method: "POST", headers: headers as string[] };
    await (await dispatcher.request(options)).body.text();
    expect(site.requests).toHaveLength(2);
  });

  test.for([["accept", "idempotency-key"], { "idempotency-key": undefined }, null, {}])(
    "finds no key where there is none",
    async (headers) => {
      const { site } = await busy();
      const dispatcher = idleAgent().compose(resilience({ attempts: 2, backoff: 1 }));
      const options = { origin: site.origin, path: "/", method: "POST", headers: headers as string[] };
      await (await dispatcher.request(options)).body.text();
      expect(site.requests).toHaveLength(1);
    },
  );
});
