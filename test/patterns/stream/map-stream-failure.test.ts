import { mapStream, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { mapped } from "../../../src/patterns/stream/map-stream.ts";
import { drain } from "../../support/sources.ts";

const failure = new Error("down");

/** Takes that long, whatever it is told; a negative time fails. */
async function work(ms: number): Promise<number> {
  await sleep(Math.abs(ms));
  if (ms < 0) throw failure;
  return ms;
}

test("mapStream() aborted after a failure whose turn has not come drops what was to come before it", async () => {
  using clock = virtualTime();
  const controller = new AbortController();
  const stream = mapStream([50, -10], work, { concurrency: 2, signal: controller.signal });
  const drained = observe(drain(stream));
  await clock.advance(20);
  controller.abort("enough");
  await clock.advance(100);
  expect(drained).toMatchObject({ at: 50, value: [{ thrown: "enough" }] });
});

test("calls that run ahead: an abort after a failure changes nothing", async () => {
  using clock = virtualTime();
  const controller = new AbortController();
  const options = { ordered: false, ahead: true, signal: controller.signal };
  const stream = mapped([5, 5, -10, 20], work, 4, options);
  const first = await clock.run(() => stream.next());
  await clock.advance(10);
  controller.abort("too late");
  expect(first.value).toBe(5);
  expect(await clock.run(() => drain(stream))).toStrictEqual([5, { thrown: failure }]);
});
