import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TimeoutError } from "yieldpoint";
import { flush, rejection, soon } from "../../support/waiting.ts";
import { client, faces } from "./support/faces.ts";
import { nobody, Site, until } from "./support/site.ts";

const found: unknown[] = [];
const note = (what: unknown): void => void found.push(what);

beforeEach(() => {
  found.length = 0;
  process.on("unhandledRejection", note).on("warning", note);
});

// Every test of this file also proves that no connection is left and that nothing is left unhandled.
afterEach(() => {
  process.off("unhandledRejection", note).off("warning", note);
  expect(found).toStrictEqual([]);
});

/** The codes of an error and of its causes. */
function codes(error: unknown): unknown[] {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  return [code, ...(cause === undefined ? [] : codes(cause))].filter((each) => typeof each === "string");
}

describe.each(faces)("%s", (face) => {
  test("gives an answer at once, and keeps the connection for the next", async () => {
    const site = await Site.open((_, response) => response.end("fine"));
    const call = client(face);
    for (let i = 0; i < 3; i++) {
      const reply = await call(site.origin);
      expect([reply.status, await reply.text()]).toStrictEqual([200, "fine"]);
      // Undici itself frees a connection a turn after the answer.
      await flush();
    }
    expect(site.requests).toStrictEqual(["GET /", "GET /", "GET /"]);
    expect(site.connections).toBe(1);
  });

  test("repeats a connection that is refused, and gives the error in the end", async () => {
    const waits: number[] = [];
    const backoff = (attempt: number): number => waits.push(attempt);
    const error = await rejection(client(face, { attempts: 3, backoff })(await nobody()));
    expect(codes(error)).toContain("ECONNREFUSED");
    expect(waits).toStrictEqual([1, 2]);
  });

  test("repeats a request that is reset before the headers", async () => {
    const site = await Site.open((request, response, n) => {
      if (n < 3) request.socket.resetAndDestroy();
      else response.end("at last");
    });
    const reply = await client(face)(site.origin);
    expect(await reply.text()).toBe("at last");
    expect(site.requests).toHaveLength(3);
  });

  test("repeats a request whose kept connection the server closes instead of answering", async () => {
    const site = await Site.open((request, response, n) => {
      if (n === 2) request.socket.destroy();
      else response.end(`answer ${n}`);
    });
    const call = client(face);
    expect(await (await call(site.origin)).text()).toBe("answer 1");
    expect(await (await call(site.origin)).text()).toBe("answer 3");
    expect(site.connections).toBe(2);
  });

  test("repeats where the headers are slow, and lets go of the connection", async () => {
    const site = await Site.open((_, response, n) => {
      if (n > 1) response.end("quick");
    });
    const asked = client(face, { timeout: 300 })(site.origin);
    const reply = await soon(asked, "the answer to another attempt");
    expect(await reply.text()).toBe("quick");
    expect(site.requests).toHaveLength(2);
    await until(() => site.busy === 0, "the slow one to be over");
  });

  test("gives a TimeoutError when the headers are always slow", async () => {
    const site = await Site.open(() => {});
    const asked = rejection(client(face, { timeout: 30, attempts: 2 })(site.origin));
    const error = await soon(asked, "the timeout of the headers");
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ ms: 30 });
    expect(site.requests).toHaveLength(2);
  });

  test("does not repeat an answer whose body is reset midway: what has come cannot be taken back", async () => {
    const site = await Site.open((request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    const reply = await client(face)(site.origin);
    expect(reply.status).toBe(200);
    await rejection(reply.text());
    expect(site.requests).toHaveLength(1);
  });

  test("lets the headers' timeout end with the headers: a slow body is waited for", async () => {
    const site = await Site.open((_, response) => {
      response.write("slow ");
      setTimeout(() => response.end("body"), 450);
    });
    const reply = await client(face, { timeout: 300 })(site.origin);
    expect(await reply.text()).toBe("slow body");
  });

  test("ends a slow body with its own timeout", async () => {
    const site = await Site.open((_, response) => void response.write("slow "));
    const reply = await client(face, { bodyTimeout: 40 })(site.origin);
    const error = await soon(rejection(reply.text()), "the timeout of the body");
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ ms: 40 });
    expect(site.requests).toHaveLength(1);
  });

  test("ends an endless body, however fast it comes", async () => {
    const site = await Site.open((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("more and more "));
      };
      response.on("drain", more);
      more();
    });
    const reply = await client(face, { bodyTimeout: 60 })(site.origin);
    const error = await soon(rejection(reply.text()), "the timeout of the body");
    expect(error).toBeInstanceOf(TimeoutError);
  });

  test("lets a body that ends in time alone", async () => {
    const site = await Site.open((_, response) => response.end("in time"));
    const reply = await client(face, { bodyTimeout: 2_000 })(site.origin);
    expect(await reply.text()).toBe("in time");
  });

  test.for([408, 429, 502, 503, 504])("repeats a %i", async (status) => {
    const site = await Site.open((_, response, n) => {
      response.writeHead(n < 3 ? status : 200).end(`answer ${n}`);
    });
    const reply = await client(face)(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([200, "answer 3"]);
  });

  test.for([200, 204, 304, 400, 404, 425, 500, 501])("gives a %i at once", async (status) => {
    const site = await Site.open((_, response) => response.writeHead(status).end());
    const reply = await client(face)(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([status, ""]);
    expect(site.requests).toHaveLength(1);
  });

  test("gives the last answer when there is no further attempt, with its body", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(503).end(`busy ${n}`));
    const reply = await client(face, { attempts: 3 })(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([503, "busy 3"]);
    expect(site.requests).toHaveLength(3);
  });

  test("releases the body of an answer that it lets go, also one without an end", async () => {
    const site = await Site.open((_, response, n) => {
      if (n === 3) response.end("at last");
      else response.writeHead(503).write("busy, and still talking");
    });
    const reply = await client(face)(site.origin);
    expect(await reply.text()).toBe("at last");
    await until(() => site.busy === 0, "the others to be over");
  });

  test("releases an answer before the wait, not after it", async () => {
    const site = await Site.open((_, response) => {
      response.writeHead(503, { "retry-after": "3600" }).write("busy");
    });
    const controller = new AbortController();
    const call = client(face, { maxRetryAfter: Infinity })(site.origin, { signal: controller.signal });
    const waiting = rejection(call);
    await until(() => site.requests.length === 1 && site.busy === 0, "the request to be over");
    controller.abort("enough");
    expect(await waiting).toBe("enough");
  });

  test("repeats HEAD and answers without a body", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(n < 3 ? 503 : 204).end());
    const reply = await client(face)(site.origin, { method: "HEAD" });
    expect([reply.status, await reply.text()]).toStrictEqual([204, ""]);
    expect(site.requests).toHaveLength(3);
  });
});
