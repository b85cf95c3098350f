import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { HealthMonitor } from "yieldpoint";
import { gracefulShutdown } from "yieldpoint/node";
import { Fault, type Actor } from "../actor.ts";
import type { Loads } from "../load.ts";

/** Asks a server once, over a connection of its own. */
async function ask(server: Server): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const [response] = await once(get({ host: "127.0.0.1", port, agent: false }), "response");
  return text(response);
}

/** Shuts a server down while it answers. */
async function shutDown(actor: Actor): Promise<readonly [code: number, answer: string, steps: number]> {
  const asked = new AbortController();
  const server = createServer((_, response) => {
    asked.abort();
    void pause(actor.random.below(5)).then(() => response.end("answered"));
  });
  let steps = 0;
  const shutdown = gracefulShutdown({
    server,
    signals: [],
    linger: 5,
    steps: [
      { name: "quick", run: () => steps++ },
      { name: "slow", run: ({ signal }) => pause(2, undefined, { signal }).then(() => steps++) },
    ],
    exit: () => {},
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const answer = ask(server);
  await once(asked.signal, "abort");
  const { code } = await shutdown.start();
  return [code, await answer, steps];
}

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

  gracefulShutdown: () => ({
    async step(actor) {
      // Each takes a port.
      if (actor.random.chance(0.9)) return pause(1);
      return actor.call(
        () => shutDown(actor),
        ([code, answer, steps]) => code === 0 && answer === "answered" && steps === 2,
      );
    },
  }),
};
