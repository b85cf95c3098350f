/**
 * Where a mirror may fail, any waits for the first success; race would take the failure.
 *
 * Clock: virtual
 * Patterns: any, race
 */
import { any, race, sleep, type Task } from "yieldpoint";
import { draw, say, service, span } from "../story.ts";

// A download in ten chunks. Between any two of them it can be told to stop.
function download(mirror: string, msPerChunk: number): Task<string> {
  return async ({ signal }) => {
    const bar = span(mirror);
    for (let chunk = 0; chunk < 10; chunk++) {
      try {
        // sleep stands for the network. Handed the signal, it ends as soon as that aborts.
        await sleep(msPerChunk, { signal });
      } catch (reason) {
        bar.end("aborted");
        say(`  ${mirror} was told to stop, ${chunk} of 10 chunks were fetched`);
        throw reason;
      }
    }
    bar.end();
    return `the file, from ${mirror}`;
  };
}

const berlin = service("Berlin", 20, { error: new Error("Berlin: connection refused") });
const rome = service("Rome", 30, { error: new Error("Rome: 404 Not Found") });
const paris = download("Paris", 40);
const oslo = download("Oslo", 15);

// The first to settle is Berlin, with its failure. That ends the race for all of them.
await race([berlin, paris, oslo]).catch((error: unknown) => say(`race: ${String(error)}`));

// any passes over the failure and takes the first file that is whole. The slower mirror is told to stop.
say(`any: ${await any([berlin, paris, oslo])}`);

// any fails only if every task does: with an AggregateError that holds all their failures.
await any([berlin, rome]).catch((error: unknown) => {
  if (!(error instanceof AggregateError)) throw error;
  say(`any: ${error.errors.join(", ")}`);
});

draw();
