import {
  any,
  asCompleted,
  background,
  gather,
  gatherSettled,
  mapConcurrent,
  race,
  sleep,
  taskGroup,
  wait,
} from "yieldpoint";
import { all, equal, isGivenUp, rejection } from "./check.ts";

const fail = (): never => {
  throw new Error("down");
};
const hang = ({ signal }: { readonly signal: AbortSignal }): Promise<void> => sleep(60_000, { signal });

export const combine = {
  async any() {
    equal(await any([fail, () => 2, hang]), 2);
  },
  async asCompleted() {
    const slow = (): Promise<string> => sleep(5).then(() => "slow");
    equal(await all(asCompleted([slow, () => "quick"])), [
      { index: 1, value: "quick" },
      { index: 0, value: "slow" },
    ]);
  },
  async background() {
    const errors: unknown[] = [];
    const tasks = background({ onError: (error) => errors.push(String(error)) });
    tasks.spawn(() => sleep(1));
    tasks.spawn(fail);
    await tasks.drain();
    equal([errors, tasks.stats().running], [["Error: down"], 0]);
  },
  async gather() {
    equal(await gather([() => 1, async () => "two"]), [1, "two"]);
    equal(await gather({ a: () => sleep(1).then(() => 1), b: () => 2 }), { a: 1, b: 2 });
    equal(String(await rejection(gather([hang, fail]))), "Error: down");
    await isGivenUp((options) => gather([hang], options));
  },
  async gatherSettled() {
    const [one, two] = await gatherSettled([() => 1, fail]);
    equal([one, two.status], [{ status: "fulfilled", value: 1 }, "rejected"]);
  },
  async mapConcurrent() {
    equal(
      await mapConcurrent([3, 1, 2], async (n) => sleep(n).then(() => n * n), { concurrency: 2 }),
      [9, 1, 4],
    );
  },
  async race() {
    equal(await race([hang, () => sleep(1).then(() => "first")]), "first");
  },
  async taskGroup() {
    const sum = await taskGroup(async (group) => {
      const [one, two] = [group.spawn(() => 1), group.spawn(() => sleep(1).then(() => 2))];
      return (await one) + (await two);
    });
    equal(sum, 3);
    const error = await rejection(taskGroup((group) => void group.spawn(fail)));
    equal((error as AggregateError).errors.map(String), ["Error: down"]);
  },
  async wait() {
    const { done, pending, cancel } = await wait([hang, () => 2], { until: "first-completed" });
    equal([done, pending.length], [[{ index: 1, status: "fulfilled", value: 2 }], 1]);
    cancel();
  },
};
