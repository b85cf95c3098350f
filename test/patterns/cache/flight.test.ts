import { expect, test } from "vitest";
import { join, type Flight } from "../../../src/patterns/cache/flight.ts";
import { complaints, flush, rejection } from "../../support/waiting.ts";

test("a run that aborts its only caller's signal as it starts is followed no further", async () => {
  const flights = new Map<string, Flight<string>>();
  const controller = new AbortController();
  let failures = 0;
  const found = await complaints(async () => {
    const run = (): Promise<never> => {
      controller.abort("left");
      return Promise.reject(new Error("down"));
    };
    const waiting = join(flights, "key", run, controller, undefined, () => failures++);
    expect(await rejection(waiting)).toBe("left");
    await flush();
  });
  expect(found).toStrictEqual([]);
  expect(failures).toBe(0);
  expect(flights.size).toBe(0);
});
