import { AsyncCache, HealthMonitor, singleFlight, sleep } from "yieldpoint";
import { equal, isGivenUp } from "./check.ts";

export const cache = {
  async AsyncCache() {
    let loads = 0;
    const users = new AsyncCache(async (name: string) => sleep(1).then(() => `${name} ${++loads}`), {
      ttl: 60_000,
    });
    equal(await Promise.all([users.get("a"), users.get("a")]), ["a 1", "a 1"]);
    equal(await users.get("a"), "a 1");
    users.delete("a");
    equal(await users.get("a"), "a 2");
    equal(users.stats(), { hits: 1, stale: 0, misses: 3, loading: 0 });
  },
  async singleFlight() {
    let runs = 0;
    const load = singleFlight(async (key: string) => sleep(1).then(() => `${key} ${++runs}`));
    equal(await Promise.all([load("a"), load("a"), load("b")]), ["a 1", "a 1", "b 2"]);
    const hang = singleFlight((_: string, { signal }) => sleep(60_000, { signal }));
    await isGivenUp((options) => hang("a", options));
  },
};

export const lifecycle = {
  async HealthMonitor() {
    const monitor = new HealthMonitor({
      checks: { disk: () => {}, database: () => Promise.reject(new Error("down")) },
      interval: 1,
      failures: 2,
    });
    monitor.start();
    while (monitor.status().healthy) await sleep(1);
    monitor.stop();
    const { disk, database } = monitor.status().checks;
    equal([disk.healthy, database.healthy, String(database.error)], [true, false, "Error: down"]);
  },
};
