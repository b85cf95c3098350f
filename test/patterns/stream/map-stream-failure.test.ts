import { mapStream, sleep } from "yieldpoint";
import { observe, virtualTime } from "yieldpoint/testing";
import { expect, test } from "vitest";
import { mapped } from "../../../src/patterns/stream/map-stream.ts";
import { drain, item, WatchedSource } from "../../support/sources.ts";

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

test("mapStream() that is left tells the calls that run, and none that has failed", async () => {
  using clock = virtualTime();
  const signals: AbortSignal[] = [];
  const stream = mapStream(
    [50, -10],
    (ms, _index, { signal }) => {
      signals.push(signal);
      return work(ms);
    },
    { concurrency: 2 },
  );
  const waiting = observe(stream.next());
  await clock.advance(20);
  const left = observe(stream.return());
  expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true, false]);
  await clock.advance(100);
  expect([waiting.status, left.status]).toStrictEqual(["fulfilled", "fulfilled"]);
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

test("mapStream() that is left rejects with what the closing fails with, when the calls that run are over", async () => {
  using clock = virtualTime();
  const source = new WatchedSource(item(1), item(30), item(30), item(29), item(1));
  source.closing = Promise.reject(failure);
  source.closing.catch(() => {});
  const leaving = async (): Promise<void> => {
    for await (const _ of mapStream(source, work, { concurrency: 3 })) {
      await sleep(1);
      break;
    }
  };
  const left = observe(leaving());
  await clock.advance(100);
  expect(left).toMatchObject({ status: "rejected", reason: failure, at: 30 });
});
