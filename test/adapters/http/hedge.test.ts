import { describe, expect, test } from "vitest";
import { compose, hedgePolicy, retryPolicy, timeoutPolicy } from "yieldpoint";
import { deferred } from "../../support/waiting.ts";
import { client, faces } from "./support/faces.ts";
import { Site, until } from "./support/site.ts";

describe.each(faces)("%s with a hedge for its policy", (face) => {
  test("gives the copy that answers first, and ends the request of the other", async () => {
    const site = await Site.open((_, response, n) => {
      if (n === 2) response.end("second");
    });
    const reply = await client(face, { policy: hedgePolicy({ delay: 20 }) })(site.origin);
    expect(await reply.text()).toBe("second");
    expect(site.requests).toHaveLength(2);
    await until(() => site.busy === 0, "the first to be over");
  });

  test("releases the answer of a copy that comes too late to be given", async () => {
    const gate = deferred();
    const site = await Site.open((_, response, n) => {
      // Both sets of headers leave in one turn; the body of neither ends by itself.
      if (n === 1) void gate.promise.then(() => response.write("first"));
      if (n === 2) {
        gate.resolve();
        response.write("second");
      }
    });
    const reply = await client(face, { policy: hedgePolicy({ delay: 20 }) })(site.origin);
    await until(() => site.busy === 1, "one of them to be over");
    expect([reply.status, site.requests]).toStrictEqual([200, ["GET /", "GET /"]]);
    await reply.cancel();
    await until(() => site.busy === 0, "the other to be over");
  });

  test("sends POST once: both copies wait for the one answer", async () => {
    const asked = deferred();
    const site = await Site.open((_, response) => void asked.promise.then(() => response.end("done")));
    let copies = 0;
    const counting = { execute: hedgePolicy({ delay: 10 }).execute };
    const policy = compose(counting, {
      execute: (task, options) => {
        if (++copies === 2) asked.resolve();
        return timeoutPolicy(60_000).execute(task, options);
      },
    });
    const reply = await client(face, { policy })(site.origin, { method: "POST", body: "order" });
    expect([await reply.text(), copies, site.requests]).toStrictEqual(["done", 2, ["POST /"]]);
  });

  test("and a deadline and a repetition around it, lets go of every copy but the one that is given", async () => {
    const site = await Site.open((_, response, n) => {
      // Not in the first attempt, which has two copies.
      if (n > 2) response.end("at last");
    });
    const policy = compose(
      retryPolicy({ attempts: 3, backoff: 1 }),
      timeoutPolicy(200),
      hedgePolicy({ delay: 50 }),
    );
    const reply = await client(face, { policy })(site.origin);
    expect(await reply.text()).toBe("at last");
    expect(site.requests.length).toBeGreaterThan(2);
    await until(() => site.busy === 0, "the others to be over");
  });
});
