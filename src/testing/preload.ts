// Preloaded into the process of a script (an example): it runs on virtual time from its first line to its last.
import { virtualTime } from "./virtual-time.ts";
import { queues } from "./queues.ts";
import { afterTurn } from "./real.ts";

const queue = queues.get(virtualTime({ realIO: "allow" }));

// Node tells that nothing else is left to do; only then may time move, as if each wait had gone by.
process.on("beforeExit", () => {
  // In a turn of its own, so that a callback that throws ends the process as it would in real time.
  if (queue?.keepsAlive() === true) afterTurn(() => void queue.fireNext());
});
