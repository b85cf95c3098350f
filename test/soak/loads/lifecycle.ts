import { setTimeout as pause } from "node:timers/promises";
import { HealthMonitor } from "yieldpoint";
import { Fault } from "../actor.ts";
import type { Loads } from "../load.ts";

export const lifecycle: Loads = {
  HealthMonitor: (random) => {
    let changes = 0;
    const monitor = new HealthMonitor({
      checks: {
        fine: () => {},
        failing: () => Promise.reject(random.chance(0.5) ? new Fault() : undefined),
        slow: ({ signal }) => pause(random.below(5), undefined, { signal }),
        deaf: () => pause(random.below(6)),
      },
      interval: 1,
      timeout: 3,
      failures: 2,
      onChange: () => changes++,
    });
    return {
      async step(actor) {
        await actor.call(
          async () => {
            monitor.start();
            await pause(actor.random.below(10));
            return monitor.status();
          },
          ({ checks }) => checks.fine.healthy,
        );
        if (actor.random.chance(0.3)) monitor.stop();
      },
      end: () => monitor.stop(),
    };
  },
};
