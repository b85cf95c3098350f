import { Request as UndiciRequest, fetch as undiciFetch, type Dispatcher } from "undici";
import { describe, expect, test } from "vitest";
import { resilience, resilientFetch } from "yieldpoint/http";
import { rejection } from "../../support/waiting.ts";
import { client, faces, idleAgent } from "./support/faces.ts";
import { faked } from "./support/faked.ts";
import { Notes } from "./support/notes.ts";
import { Site } from "./support/site.ts";

type Pairs = [string, string][];

const pairs: Pairs = [
  ["authorization", "Bearer t"],
  ["idempotency-key", "7"],
];

function* generated<T>(items: Iterable<T>): Generator<T> {
  yield* items;
}

/** Answers with 503, and notes the headers that came with each request. */
async function busy(): Promise<{ site: Site; seen: unknown[] }> {
  const seen: unknown[] = [];
  const site = await Site.open(({ headers }, response) => {
    seen.push([headers.authorization, headers["idempotency-key"]]);
    response.writeHead(503).end("busy");
  });
  return { site, seen };
}

describe.each(faces)("%s: headers that can be read once", (face) => {
  const forms: [form: string, make: () => Iterable<[string, string]>][] = [
    ["a generator", () => generated(pairs)],
    ["the entries of Headers", () => new Headers(pairs).entries()],
    ["the entries of a Map", () => new Map(pairs).entries()],
    [
      "an iterable that is always the same iterator",
      () => {
        const only = generated(pairs);
        return { [Symbol.iterator]: () => only };
      },
    ],
  ];

  test.for(forms)("go with every attempt: %s", async ([, make]) => {
    const { site, seen } = await busy();
    const reply = await client(face, { attempts: 3 })(site.origin, { headers: make() });
    expect([reply.status, await reply.text()]).toStrictEqual([503, "busy"]);
    const all = ["Bearer t", "7"];
    expect(seen).toStrictEqual([all, all, all]);
  });

  test.for(forms)("are searched for the Idempotency-Key: %s", async ([, make]) => {
    const { site, seen } = await busy();
    const call = client(face, { attempts: 2 });
    await (await call(site.origin, { method: "POST", headers: make(), body: "order" })).text();
    const all = ["Bearer t", "7"];
    expect(seen).toStrictEqual([all, all]);
  });

  test("may have a name twice", async () => {
    const seen: unknown[] = [];
    const site = await Site.open(({ headers }, response) => {
      seen.push(headers["x-tag"]);
      response.writeHead(503).end();
    });
    const tag: [string, string] = ["x-tag", "a"];
    const headers = generated([tag, tag]);
    await (await client(face, { attempts: 2 })(site.origin, { headers })).text();
    expect(seen).toStrictEqual(["a, a", "a, a"]);
  });

  test("may throw: the caller gets what they throw, and nothing is sent", async () => {
    const { site, seen } = await busy();
    const reason = new TypeError("network of headers broken");
    const throwing = function* (): Generator<[string, string]> {
      yield ["authorization", "Bearer t"];
      throw reason;
    };
    expect(await rejection(client(face)(site.origin, { headers: throwing() }))).toBe(reason);
    expect(seen).toStrictEqual([]);
  });

  test.for<unknown[]>([["text"], ["ab", "cd"], [["a", "b", "c"]], [["a"]]])("may be bad: %o", async (bad) => {
    const { site, seen } = await busy();
    const error = await rejection(client(face)(site.origin, { headers: generated(bad) as never }));
    expect(error).toMatchObject(
      face === "resilience()" ? { code: "UND_ERR_INVALID_ARG" } : { name: "TypeError" },
    );
    expect(seen).toStrictEqual([]);
  });
});

describe("resilientFetch() and other headers", () => {
  test.for([new Headers(pairs), pairs, Object.fromEntries(pairs), new Map(pairs), undefined, null, "bad"])(
    "hands them to its fetch as they are: %o",
    async (headers) => {
      const seen: unknown[] = [];
      const fetch = faked(async (init) => {
        seen.push(init?.headers);
        return new Response(null, { status: seen.length < 2 ? 503 : 200 });
      });
      await fetch("http://a.example", { headers: headers as HeadersInit });
      expect(seen).toHaveLength(2);
      for (const each of seen) expect(each).toBe(headers);
    },
  );

  test("leaves a Request those of its own, unless init has some", async () => {
    const { site, seen } = await busy();
    const dispatcher = idleAgent();
    const headers = { authorization: "of its own" };
    const fetch = resilientFetch({ attempts: 2, backoff: 1 });
    const request = new Request(site.origin, { headers });
    await (await fetch(request, { dispatcher } as RequestInit)).text();
    const other = resilientFetch({ attempts: 2, backoff: 1, fetch: undiciFetch });
    await (await other(new UndiciRequest(site.origin, { headers }), { dispatcher })).text();
    const kept = ["of its own", undefined];
    expect(seen.splice(0)).toStrictEqual([kept, kept, kept, kept]);
    await (await fetch(request, { dispatcher, headers: generated(pairs) as never } as RequestInit)).text();
    const given = ["Bearer t", "7"];
    expect(seen).toStrictEqual([given, given]);
  });
});

describe("resilience() and other headers", () => {
  test.for([new Headers(pairs), pairs.flat(), Object.fromEntries(pairs), new Map(pairs), undefined, null])(
    "hands the request on as it is: %o",
    async (headers) => {
      const seen: unknown[] = [];
      const notes = new Notes();
      const dispatch = resilience()((...told: unknown[]) => {
        seen.push(told[0]);
        throw new Error("enough");
      }) as Dispatcher["dispatch"];
      const options = {
        origin: "http://a.example",
        path: "/",
        method: "GET",
        headers: headers as never,
      } as const;
      dispatch(options, notes);
      await notes.over.promise;
      expect(seen).toHaveLength(1);
      expect(seen[0]).toBe(options);
    },
  );
});
