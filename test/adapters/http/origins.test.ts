import * as undici from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  CircuitOpenError,
  consecutive,
  QueueFullError,
  RateLimiter,
  retryPolicy,
  Semaphore,
  timeoutPolicy,
  type Policy,
  type StateChange,
} from "yieldpoint";
import { resilience, type ResilienceOptions } from "yieldpoint/http";
import { deferred, rejection, soon } from "../../support/waiting.ts";
import { client, faces, type Client } from "./support/faces.ts";
import { nobody, Site, until } from "./support/site.ts";

const once: ResilienceOptions = { attempts: 1 };

/** The status of an answer, read to its end. */
async function status(call: Client, url: string): Promise<number> {
  const reply = await call(url);
  await reply.text();
  return reply.status;
}

describe.each(faces)("%s: a breaker for each origin", (face) => {
  const breaker = { trip: consecutive(2) };

  test("opens for the origin that fails, and for no other", async () => {
    const bad = await Site.open((_, response) => response.writeHead(503).end());
    const good = await Site.open((_, response) => response.end());
    const call = client(face, { ...once, breaker });
    expect([await status(call, bad.origin), await status(call, `${bad.origin}/b`)]).toStrictEqual([503, 503]);
    const error = await rejection(call(bad.origin));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(bad.requests).toHaveLength(2);
    expect(await status(call, good.origin)).toBe(200);
  });

  test.for([500, 599])("counts a %i as a failure", async (code) => {
    const site = await Site.open((_, response) => response.writeHead(code).end());
    const call = client(face, { ...once, breaker: { ...breaker, isFailure: undefined } });
    await status(call, site.origin);
    await status(call, site.origin);
    expect(await rejection(call(site.origin))).toBeInstanceOf(CircuitOpenError);
  });

  test.for([200, 404, 429, 499])("counts a %i as a success", async (code) => {
    const site = await Site.open((_, response) => response.writeHead(code).end());
    const call = client(face, { ...once, breaker: { trip: consecutive(1) } });
    for (let i = 0; i < 3; i++) expect(await status(call, site.origin)).toBe(code);
  });

  test("counts network errors and timeouts", async () => {
    const silent = await Site.open(() => {});
    const call = client(face, { ...once, timeout: 30, breaker: { trip: consecutive(1) } });
    await rejection(call(silent.origin));
    expect(await rejection(call(silent.origin))).toBeInstanceOf(CircuitOpenError);
    const refusing = await nobody();
    await rejection(call(refusing));
    expect(await rejection(call(refusing))).toBeInstanceOf(CircuitOpenError);
  });

  test("counts nothing for a caller that gives up", async () => {
    const silent = await Site.open(() => {});
    const call = client(face, { ...once, breaker: { trip: consecutive(1) } });
    for (let i = 1; i < 3; i++) {
      const controller = new AbortController();
      const asked = rejection(call(silent.origin, { signal: controller.signal }));
      await until(() => silent.requests.length === i, "the request");
      controller.abort("enough");
      expect(await asked).toBe("enough");
    }
  });

  test("counts nothing for a request that is a mistake of its caller's, and is not sent", async () => {
    const site = await Site.open((_, response) => response.end());
    const call = client(face, { ...once, breaker: { trip: consecutive(1) } });
    const error = await rejection(call(site.origin, { headers: { "no name": "1" } }));
    expect(error).toMatchObject(
      face === "resilience()" ? { code: "UND_ERR_INVALID_ARG" } : { name: "TypeError" },
    );
    expect(await status(call, site.origin)).toBe(200);
    expect(site.requests).toHaveLength(1);
  });

  test("is not asked again in one call once it has opened", async () => {
    const site = await Site.open((_, response) => response.writeHead(503).end());
    const call = client(face, { attempts: 5, breaker });
    expect(await rejection(call(site.origin))).toBeInstanceOf(CircuitOpenError);
    expect(site.requests).toHaveLength(2);
  });

  test("takes options for each origin, and an isFailure of one's own", async () => {
    const site = await Site.open((_, response) => response.writeHead(404).end());
    const changes: (StateChange & { origin: string })[] = [];
    const call = client(face, {
      ...once,
      breaker: (origin) => ({
        trip: consecutive(1),
        isFailure: (outcome) => "value" in outcome && (outcome.value as { status: number }).status === 404,
        onStateChange: (change) => changes.push({ ...change, origin }),
      }),
    });
    expect(await status(call, `${site.origin}/missing`)).toBe(404);
    expect(changes).toStrictEqual([{ from: "closed", to: "open", origin: site.origin }]);
  });
});

describe.each(faces)("%s: a bulkhead for each origin", (face) => {
  const bulkhead = { concurrency: 1 };

  test("refuses one more for the origin that is busy, and for no other", async () => {
    const gate = deferred();
    const slow = await Site.open((_, response) => void gate.promise.then(() => response.end("slow")));
    const quick = await Site.open((_, response) => response.end("quick"));
    const call = client(face, { bulkhead });
    const first = call(slow.origin);
    expect(await rejection(call(`${slow.origin}/other`))).toBeInstanceOf(QueueFullError);
    expect(await (await call(quick.origin)).text()).toBe("quick");
    gate.resolve();
    expect(await (await first).text()).toBe("slow");
    expect(slow.requests).toHaveLength(1);
  });

  test("holds a slot until the body was read to its end", async () => {
    const gate = deferred();
    const site = await Site.open((_, response, n) => {
      response.write("begun ");
      if (n === 1) void gate.promise.then(() => response.end("ended"));
      else response.end("next");
    });
    const call = client(face, { bulkhead: { concurrency: 1, maxQueue: 1 } });
    const first = await call(site.origin);
    const second = call(site.origin);
    expect(await rejection(call(site.origin))).toBeInstanceOf(QueueFullError);
    expect(site.requests).toHaveLength(1);
    gate.resolve();
    expect(await first.text()).toBe("begun ended");
    expect(await (await second).text()).toBe("begun next");
  });

  test("holds a slot no longer than until the body was cancelled, has failed, or was too slow", async () => {
    const site = await Site.open((request, response) => {
      response.write("begun");
      if (request.url === "/reset") setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    const call = client(face, { bulkhead: { concurrency: 1, maxQueue: 1 }, bodyTimeout: 200 });
    await (await call(`${site.origin}/cancelled`)).cancel();
    const reset = await soon(call(`${site.origin}/reset`), "the slot of the cancelled one");
    await rejection(reset.text());
    const slow = await soon(call(`${site.origin}/slow`), "the slot of the one that was reset");
    await soon(rejection(slow.text()), "the timeout of the body");
    const last = await soon(call(`${site.origin}/last`), "the slot of the slow one");
    await last.cancel();
    expect(site.requests).toHaveLength(4);
  });

  test("gives the slot back during the wait for another attempt", async () => {
    const site = await Site.open((request, response, n) => {
      response.writeHead(request.url === "/busy" && n < 3 ? 503 : 200).end();
    });
    const waiting = deferred();
    let other: Promise<number> | undefined;
    const call = client(face, {
      bulkhead: { concurrency: 1, maxQueue: 1 },
      backoff: () => {
        other ??= status(call, `${site.origin}/other`);
        waiting.resolve();
        return 300;
      },
    });
    const busy = status(call, `${site.origin}/busy`);
    await waiting.promise;
    expect(await other).toBe(200);
    expect(await busy).toBe(200);
    expect(site.requests).toStrictEqual(["GET /busy", "GET /other", "GET /busy"]);
  });

  test("does not count what it refuses as a failure of the origin, nor repeat it", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => void gate.promise.then(() => response.end()));
    const waits: number[] = [];
    const backoff = (attempt: number): number => waits.push(attempt);
    const call = client(face, { backoff, bulkhead, breaker: { trip: consecutive(1) } });
    const first = call(site.origin);
    for (let i = 0; i < 3; i++) expect(await rejection(call(site.origin))).toBeInstanceOf(QueueFullError);
    gate.resolve();
    expect(await status(() => first, site.origin)).toBe(200);
    expect(await status(call, site.origin)).toBe(200);
    expect(waits).toStrictEqual([]);
  });

  test("has the slot free when the body has been read", async () => {
    const site = await Site.open((request, response) => response.end(request.url?.slice(1)));
    const call = client(face, { bulkhead });
    for (const path of ["", "short", "", "long".repeat(100_000), ""]) {
      expect(await (await call(`${site.origin}/${path.slice(0, 1_000)}`)).text()).toBe(path.slice(0, 1_000));
    }
  });

  test("takes options for each origin", async () => {
    const site = await Site.open((_, response) => response.end());
    const asked: string[] = [];
    const call = client(face, { bulkhead: (origin) => (asked.push(origin), { concurrency: 2 }) });
    await status(call, `${site.origin}/a`);
    await status(call, `${site.origin}/b`);
    expect(asked).toStrictEqual([site.origin]);
  });
});

describe.each(faces)("%s: a policy of one's own", (face) => {
  test("stands around each attempt", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(n < 3 ? 503 : 200).end());
    const semaphore = new Semaphore(1);
    const attempts: number[] = [];
    const policy: Policy = {
      execute: (task, options) =>
        semaphore.execute((context) => {
          attempts.push(context.attempt);
          return task(context);
        }, options),
    };
    expect(await status(client(face, { policy }), site.origin)).toBe(200);
    expect(attempts).toStrictEqual([1, 2, 3]);
  });

  test("may be one for each origin, made when it is first called and kept", async () => {
    const busy = await Site.open((_, response, n) => response.writeHead(n < 3 ? 503 : 200).end());
    const other = await Site.open((_, response) => response.end());
    const made = new Map<string, RateLimiter>();
    const asked: string[] = [];
    const policy = (origin: string): Policy => {
      const limiter = new RateLimiter({ limit: 10, interval: 60_000 });
      asked.push(origin);
      made.set(origin, limiter);
      return limiter;
    };
    const call = client(face, { policy });
    expect(await status(call, `${busy.origin}/a`)).toBe(200);
    expect(await status(call, `${busy.origin}/b`)).toBe(200);
    expect(await status(call, other.origin)).toBe(200);
    expect(asked).toStrictEqual([busy.origin, other.origin]);
    expect([...made.values()].map((limiter) => limiter.stats().used)).toStrictEqual([4, 1]);
  });

  test("may be missing for an origin, in plain JavaScript", async () => {
    const site = await Site.open((_, response, n) => response.writeHead(n < 3 ? 503 : 200).end());
    const policies: Record<string, Policy> = {};
    const call = client(face, { policy: (origin) => policies[origin] as Policy });
    expect(await status(call, site.origin)).toBe(200);
    expect(site.requests).toHaveLength(3);
  });

  test("that repeats gives the last answer, and the others are released", async () => {
    const site = await Site.open((_, response, n) => {
      response.writeHead(500).write(`answer ${n}`);
      if (n === 3) response.end();
    });
    const policy = retryPolicy({ attempts: 3, backoff: 1, whenResult: () => true });
    const reply = await client(face, { ...once, policy })(site.origin);
    expect(await reply.text()).toBe("answer 3");
    await until(() => site.busy === 0, "the others to be over");
  });

  test("that repeats what may not be repeated gets the one answer or the one error again", async () => {
    const site = await Site.open((request, response) => {
      if (request.url === "/reset") request.socket.resetAndDestroy();
      else response.writeHead(500).end("failed");
    });
    const repeated: number[] = [];
    const policy = retryPolicy({
      attempts: 3,
      backoff: 1,
      whenResult: () => true,
      onRetry: ({ attempt }) => repeated.push(attempt),
    });
    const call = client(face, { ...once, policy });
    const reply = await call(site.origin, { method: "POST" });
    expect([reply.status, await reply.text()]).toStrictEqual([500, "failed"]);
    expect(repeated).toStrictEqual([1, 2]);
    const error = await rejection(call(`${site.origin}/reset`, { method: "POST" }));
    expect(error).not.toHaveProperty("name", "StopRetry");
    expect(repeated).toStrictEqual([1, 2, 1]);
    expect(site.requests).toStrictEqual(["POST /", "POST /reset"]);
  });

  test("that has an answer of its own is told that it cannot", async () => {
    const site = await Site.open(() => {});
    const policy = timeoutPolicy(20, { fallback: () => "late" }) as unknown as Policy;
    const message = "the policy must answer as its task does";
    const error = await rejection(client(face, { policy })(site.origin));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(message);
    await until(() => site.busy === 0, "the request to be over");
  });

  test("that lets an attempt go leaves no answer behind", async () => {
    const gate = deferred();
    const site = await Site.open((_, response) => {
      void gate.promise.then(() => response.writeHead(200).write("too late"));
    });
    const policy: Policy = {
      async execute(task, options) {
        void (async () => task({ signal: options?.signal ?? new AbortController().signal, attempt: 1 }))();
        throw new Error("did not want to wait");
      },
    };
    const call = client(face, { ...once, policy });
    expect(await rejection(call(site.origin))).toMatchObject({ message: "did not want to wait" });
    await until(() => site.requests.length === 1, "the request");
    gate.resolve();
    await until(() => site.busy === 0, "the request to be over");
  });
});

test.for([undici.Client, undici.Pool])(
  "each %o is an origin of its own, for one interceptor",
  async (Kind) => {
    const asked: string[] = [];
    const shared = resilience({
      ...once,
      breaker: (origin) => {
        asked.push(origin);
        return { trip: consecutive(1) };
      },
    });
    const bad = await Site.open((_, response) => response.writeHead(500).end());
    const good = await Site.open((_, response) => response.end());
    const ask = async ({ origin }: Site): Promise<number> => {
      const own = new Kind(origin);
      onTestFinished(() => own.close());
      const { statusCode, body } = await own.compose(shared).request({ path: "/", method: "GET" });
      await body.dump();
      return statusCode;
    };
    expect([await ask(bad), await ask(good)]).toStrictEqual([500, 200]);
    // From its version 8 on, undici tells the origin that they have.
    expect([
      ["", ""],
      [bad.origin, good.origin],
    ]).toContainEqual(asked);
  },
);

test("a composed Client keeps its breaker from one request to the next", async () => {
  const bad = await Site.open((_, response) => response.writeHead(500).end());
  const own = new undici.Client(bad.origin);
  onTestFinished(() => own.close());
  const resilient = own.compose(resilience({ ...once, breaker: { trip: consecutive(1) } }));
  await (await resilient.request({ path: "/", method: "GET" })).body.dump();
  expect(await rejection(resilient.request({ path: "/", method: "GET" }))).toBeInstanceOf(CircuitOpenError);
});
