import { afterEach, describe, expect, test, vi } from "vitest";
import { parseRetryAfter } from "../../../src/adapters/http/retry-after.ts";
import { client, faces } from "./support/faces.ts";
import { Site } from "./support/site.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("parseRetryAfter()", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");

  test.for([
    ["0", 0],
    ["5", 5_000],
    [" 120 ", 120_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sunday, 01-Mar-26 12:00:30 GMT", 30_000],
    ["Sun Mar  1 12:00:30 2026", 30_000],
    ["Sun, 01 Mar 2026 12:00:00 GMT", 0],
  ] as const)("reads %j", ([header, ms]) => {
    vi.useFakeTimers({ now, toFake: ["Date"] });
    expect(parseRetryAfter(header)).toBe(ms);
  });

  test.for([
    null,
    "",
    "-5",
    "1.5",
    "1e3",
    "5 s",
    "5, 10",
    "soon",
    "Sun",
    "2026-03-01T12:00:30Z",
    "2026-03-02",
    "Sun, 01 Mar 2026 11:59:59 GMT",
  ])("ignores %j", (header) => {
    vi.useFakeTimers({ now, toFake: ["Date"] });
    expect(parseRetryAfter(header)).toBe(undefined);
  });

  test("reads the date without a zone as GMT wherever it runs", () => {
    const zone = process.env["TZ"];
    process.env["TZ"] = "Asia/Tokyo";
    try {
      vi.useFakeTimers({ now, toFake: ["Date"] });
      expect(parseRetryAfter("Sun Mar  1 12:00:30 2026")).toBe(30_000);
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });
});

/** Answers with 429 and this header first, then with 200. */
function limited(header: () => string): Promise<Site> {
  return Site.open((_, response, n) => {
    if (n === 1) response.writeHead(429, { "retry-after": header() }).end("too many");
    else response.end("fine");
  });
}

describe.each(faces)("%s", (face) => {
  test("waits the seconds that Retry-After asks for, not its own backoff", async () => {
    const site = await limited(() => "1");
    const backoff = vi.fn(() => 1);
    const reply = await client(face, { backoff })(site.origin);
    expect(await reply.text()).toBe("fine");
    expect(backoff).not.toHaveBeenCalled();
    const [first = 0, second = 0] = site.times;
    // Timers may be early by a part of a millisecond.
    expect(second - first).toBeGreaterThan(990);
  });

  test("waits until the date that Retry-After names", async () => {
    const site = await limited(() => new Date(Date.now() + 2_000).toUTCString());
    const backoff = vi.fn(() => 1);
    const reply = await client(face, { backoff })(site.origin);
    expect(await reply.text()).toBe("fine");
    expect(backoff).not.toHaveBeenCalled();
    const [first = 0, second = 0] = site.times;
    // The date has whole seconds.
    expect(second - first).toBeGreaterThan(990);
  });

  test.for(["-5", "soon", "1.5", "Sun, 06 Nov 1994 08:49:37 GMT"])(
    "falls back to its own backoff for %j",
    async (header) => {
      const site = await limited(() => header);
      const waits: number[] = [];
      const backoff = (attempt: number): number => (waits.push(attempt), 1);
      const reply = await client(face, { backoff })(site.origin);
      expect([reply.status, waits]).toStrictEqual([200, [1]]);
      await reply.text();
    },
  );

  test("gives the answer at once where Retry-After asks for more than maxRetryAfter", async () => {
    const site = await limited(() => "3");
    const reply = await client(face, { maxRetryAfter: 2_999 })(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([429, "too many"]);
    expect(site.requests).toHaveLength(1);
  });

  test("waits for as long as maxRetryAfter itself", async () => {
    const site = await limited(() => "0");
    const reply = await client(face, { maxRetryAfter: 0 })(site.origin);
    expect(await reply.text()).toBe("fine");
  });

  test("gives an answer that asks for more than a minute at once if nothing else is said", async () => {
    const site = await limited(() => "61");
    const reply = await client(face)(site.origin);
    expect([reply.status, await reply.text()]).toStrictEqual([429, "too many"]);
  });
});
