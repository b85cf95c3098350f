import { abortable, moveOnAfter, shield, sleep, timeout, type MoveOnContext } from "yieldpoint";
import { equal, isGivenUp, rejection } from "./check.ts";

export const time = {
  async abortable() {
    equal(await abortable(Promise.resolve(1)), 1);
    await isGivenUp(({ signal }) => abortable(new Promise(() => {}), signal));
  },
  async moveOnAfter() {
    const found = await moveOnAfter(async ({ signal, save }: MoveOnContext<string>) => {
      save("near");
      await sleep(60_000, { signal });
      return "far";
    }, 5);
    equal(found, { done: false, partial: "near" });
  },
  async shield() {
    const controller = new AbortController();
    const saving = shield(({ signal }) => sleep(2, { signal }).then(() => "saved"), controller);
    controller.abort();
    equal(await saving, "saved");
  },
  async sleep() {
    const start = performance.now();
    await sleep(20, { unref: true });
    // Clocks are coarse in browsers.
    if (performance.now() - start < 15) throw new Error("woke too early");
    await isGivenUp((options) => sleep(60_000, options));
    // Over what the platform's timers keep.
    await isGivenUp((options) => sleep(2 ** 40, options));
  },
  async timeout() {
    equal(await timeout(() => 1, 1_000), 1);
    const slow = rejection(timeout(({ signal }) => sleep(60_000, { signal }), 5));
    equal(await slow, { code: "ERR_TIMEOUT", ms: 5 });
    await isGivenUp((options) => timeout(() => new Promise(() => {}), 60_000, options));
    const late = rejection(sleep(60_000, { signal: AbortSignal.timeout(1) }));
    equal(((await late) as Error).name, "TimeoutError");
  },
};
