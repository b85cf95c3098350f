import { describe, expect, test } from "vitest";
import { deferred, listeners, rejection, soon } from "../../support/waiting.ts";
import { client, faces } from "./support/faces.ts";
import { Site, until } from "./support/site.ts";

describe.each(faces)("%s and its caller's signal", (face) => {
  test("makes no call when it has aborted before", async () => {
    const site = await Site.open((_, response) => response.end());
    const signal = AbortSignal.abort("before");
    expect(await rejection(client(face)(site.origin, { signal }))).toBe("before");
    expect(site.requests).toStrictEqual([]);
  });

  test("ends an attempt, and makes no other", async () => {
    const site = await Site.open(() => {});
    const controller = new AbortController();
    const asked = rejection(client(face)(site.origin, { signal: controller.signal }));
    await until(() => site.requests.length === 1, "the request");
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await asked).toBe(reason);
    await until(() => site.busy === 0, "the request to be over");
    expect(site.requests).toHaveLength(1);
  });

  test("ends a wait between attempts, and makes no further call", async () => {
    const site = await Site.open((_, response) => response.writeHead(503).end());
    const controller = new AbortController();
    const waiting = deferred();
    const backoff = (): number => {
      waiting.resolve();
      return 500;
    };
    const asked = rejection(client(face, { backoff })(site.origin, { signal: controller.signal }));
    await waiting.promise;
    controller.abort("enough");
    expect(await asked).toBe("enough");
    expect(site.requests).toHaveLength(1);
  });

  test("ends a wait for a slot, and makes no call", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => void gate.promise.then(() => response.end("first")));
    const call = client(face, { bulkhead: { concurrency: 1, maxQueue: 1 } });
    const first = call(`${site.origin}/first`);
    const controller = new AbortController();
    const second = rejection(call(`${site.origin}/second`, { signal: controller.signal }));
    await until(() => site.requests.length === 1, "the request");
    controller.abort("enough");
    expect(await second).toBe("enough");
    gate.resolve();
    expect(await (await first).text()).toBe("first");
    expect(site.requests).toStrictEqual(["GET /first"]);
  });

  test("ends the body", async () => {
    const site = await Site.open((_, response) => void response.write("begun"));
    const controller = new AbortController();
    const reply = await client(face)(site.origin, { signal: controller.signal });
    const reading = rejection(reply.text());
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await soon(reading, "the end of the body")).toBe(reason);
    await until(() => site.busy === 0, "the request to be over");
  });

  test("ends the body also where nobody reads it yet", async () => {
    const site = await Site.open((_, response) => void response.write("begun"));
    const controller = new AbortController();
    const reply = await client(face)(site.origin, { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await until(() => site.busy === 0, "the request to be over");
    expect(await rejection(reply.text())).toBe(reason);
  });

  test("has no listener left once the body was read, cancelled, or was none", async () => {
    const site = await Site.open((request, response) => {
      if (request.method === "HEAD") response.end();
      else response.end("body");
    });
    const { signal } = new AbortController();
    const call = client(face, { bodyTimeout: 60_000 });
    await (await call(site.origin, { signal })).text();
    await (await call(site.origin, { signal })).cancel();
    await (await call(site.origin, { signal, method: "HEAD" })).text();
    await until(() => listeners(signal) === 0, "the listeners to be gone");
    expect(site.busy).toBe(0);
  });

  test("has no listener left after a failure", async () => {
    const site = await Site.open((request) => request.socket.resetAndDestroy());
    const { signal } = new AbortController();
    await rejection(client(face)(site.origin, { signal }));
    await until(() => listeners(signal) === 0, "the listeners to be gone");
    expect(site.busy).toBe(0);
  });

  test("is one listener, whatever number of requests shares it", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => void gate.promise.then(() => response.end()));
    const { signal } = new AbortController();
    const call = client(face);
    const all = Array.from({ length: 10 }, () => call(site.origin, { signal }));
    await until(() => site.requests.length === 10, "the requests");
    // Undici's own API, which the interceptor stands behind, has one for each.
    if (face !== "resilience()") expect(listeners(signal)).toBe(1);
    gate.resolve();
    for (const reply of await Promise.all(all)) await reply.text();
    await until(() => listeners(signal) === 0, "the listeners to be gone");
    expect(site.busy).toBe(0);
  });
});
