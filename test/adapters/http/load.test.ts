import { setMaxListeners } from "node:events";
import type { RequestListener } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { countWindow } from "yieldpoint";
import type { ResilienceOptions } from "yieldpoint/http";
import { Random } from "../../soak/random.ts";
import { complaints, listeners } from "../../support/waiting.ts";
import { client, faces, type Client } from "./support/faces.ts";
import { Site, until } from "./support/site.ts";

/** Answers as servers do on a bad day. */
function badDay(random: Random): RequestListener {
  const answers: RequestListener[] = [
    (_, response) => response.end("fine"),
    (_, response) => response.writeHead(503).end("busy"),
    (_, response) => response.writeHead(503).write("busy, and still talking"),
    (_, response) => response.writeHead(429, { "retry-after": "0" }).end("too many"),
    ({ socket }) => socket.resetAndDestroy(),
    ({ socket }) => socket.end("no HTTP\r\n"),
    () => {},
    (_, response) => void pause(random.below(20)).then(() => response.end("fine")),
    (_, response) => {
      response.write("fi");
      void pause(random.below(20)).then(() => response.end("ne"));
    },
    (_, response) => response.write("and so on"),
    ({ socket }, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => socket.resetAndDestroy());
    },
  ];
  return (request, response) => {
    const answer = random.chance(0.5) ? answers[0] : random.pick(...(answers as [RequestListener]));
    answer?.(request, response);
  };
}

/** Asks again and again, as callers do who read, leave, or lose their patience. */
async function caller(
  random: Random,
  call: Client,
  origin: string,
  lasting: AbortSignal,
): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (let n = 0; n < 12; n++) {
    const controller = new AbortController();
    const leaves = random.chance(0.2);
    if (leaves) void pause(random.below(20)).then(() => controller.abort("left"));
    const signal = leaves ? controller.signal : lasting;
    const method = random.pick("GET" as const, "POST" as const, "PUT" as const);
    try {
      const reply = await call(origin, { method, signal });
      ends.push(await (random.chance(0.8) ? reply.text() : reply.cancel()));
    } catch (error) {
      ends.push(error);
    }
  }
  return ends;
}

const options: ResilienceOptions = {
  attempts: 3,
  timeout: 150,
  bodyTimeout: 50,
  breaker: { trip: countWindow({ size: 20, failureRate: 0.7 }), cooldown: 5 },
  bulkhead: { concurrency: 6, maxQueue: 20 },
};

describe.each(faces)("%s under a random load of a server that fails in every way", (face) => {
  test("settles every call, and leaves no slot, no socket, no listener and no rejection", async () => {
    const bad = badDay(new Random(1));
    let isOver = false;
    const site = await Site.open((request, response) => {
      if (isOver) response.end("calm");
      else bad(request, response);
    });
    const call = client(face, options);
    const lasting = new AbortController().signal;
    // Undici's own API has one for each request.
    setMaxListeners(0, lasting);
    const found = await complaints(async () => {
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, n) => caller(new Random(2, n), call, site.origin, lasting)),
      );
      const ends = all.flat();
      expect(ends).toHaveLength(120);
      // There were answers, callers that left, and failures.
      expect(ends).toEqual(expect.arrayContaining(["fine", "left", expect.any(Error)]));
    });
    expect(found).toStrictEqual([]);
    await until(() => site.busy === 0, "every request to be over");
    await until(() => listeners(lasting) === 0, "the listeners to be gone");

    // As many as there are slots and places in the queue get in at once, when the circuit has closed.
    isOver = true;
    const one = async (): Promise<string> => (await call(site.origin)).text();
    while ((await one().catch(() => "refused")) !== "calm") continue;
    const all = await Promise.all(Array.from({ length: 6 + 20 }, one));
    expect(new Set(all)).toStrictEqual(new Set(["calm"]));
  });
});
