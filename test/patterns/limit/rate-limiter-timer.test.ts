import { RateLimiter } from "yieldpoint";
import { virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";

test("RateLimiter arms one timer for all who wait, not one for each who comes", async () => {
  using clock = virtualTime();
  const { setTimeout } = globalThis;
  let armed = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    armed++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  try {
    const limiter = new RateLimiter({ limit: 1, interval: 100 });
    const turns = Array.from({ length: 5 }, () => limiter.acquire());
    expect(armed).toBe(1);
    await clock.advance(400);
    await Promise.all(turns);
    expect(armed).toBe(4);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});
