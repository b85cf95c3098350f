import * as fc from "fast-check";
import { expect, test } from "vitest";
import { flush, rejection } from "../../support/waiting.ts";
import { faked } from "./support/faked.ts";

type Outcome = number | "reset" | "bug";

const outcomes = fc.array(fc.constantFrom<Outcome[]>(200, 404, 500, 429, 503, "reset", "bug"), {
  minLength: 6,
  maxLength: 6,
});
const passing = new Set<Outcome>([429, 503, "reset"]);

test("any run of answers and failures gives the one that is due, and releases all others once", async () => {
  const run = async (
    all: readonly Outcome[],
    attempts: number,
    method: string,
    hasKey: boolean,
  ): Promise<void> => {
    let calls = 0;
    const cancelled: number[] = [];
    const fetch = faked(
      async () => {
        const n = calls++;
        const outcome = all[n] as Outcome;
        if (outcome === "reset") throw Object.assign(new Error(`reset ${n}`), { code: "ECONNRESET" });
        if (outcome === "bug") throw new Error(`bug ${n}`);
        const body = new ReadableStream<Uint8Array>({ cancel: () => void cancelled.push(n) });
        return new Response(body, { status: outcome, headers: { n: String(n) } });
      },
      { attempts, backoff: 0, bulkhead: { concurrency: 1 } },
    );
    const asked = fetch("http://a.example", { method, headers: hasKey ? { "idempotency-key": "1" } : {} });

    const mayRepeat = hasKey || method !== "POST";
    const last = mayRepeat ? all.findIndex((outcome, n) => n === attempts - 1 || !passing.has(outcome)) : 0;
    const due = all[last];
    if (typeof due === "number") {
      const response = await asked;
      expect([response.status, response.headers.get("n")]).toStrictEqual([due, String(last)]);
      // The slot is held, and free once the body is let go.
      expect(await rejection(fetch("http://a.example"))).toMatchObject({ code: "ERR_QUEUE_FULL" });
      await response.body?.cancel();
    } else {
      expect(await rejection(asked)).toMatchObject({ message: `${due} ${last}` });
    }
    await flush();
    expect(calls).toBe(last + 1);
    const answered = all.slice(0, last + 1).flatMap((outcome, n) => (typeof outcome === "number" ? [n] : []));
    expect(cancelled).toStrictEqual(answered);
  };
  const method = fc.constantFrom("GET", "PUT", "POST");
  await fc.assert(fc.asyncProperty(outcomes, fc.integer({ min: 1, max: 5 }), method, fc.boolean(), run), {
    seed: 20260301,
    numRuns: 200,
  });
});
