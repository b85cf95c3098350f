import { onAbort } from "../core/abort-hub.ts";
import { call } from "../core/task.ts";
import { Run, type Host } from "./run.ts";
import type { Waitable } from "./wait.ts";

/**
 * Starts tasks, and follows them and the promises among them.
 *
 * @param runs where each is put
 * @param onGivenUp called at an abort, when all were left
 * @returns leaves all
 */
export function startAll(
  list: readonly Waitable<unknown>[],
  runs: Run[],
  signal: AbortSignal | undefined,
  host: Host,
  onGivenUp: (reason: unknown) => void,
): () => void {
  let over = signal?.aborted === true;
  let unlisten = (): void => {};
  const leave = (): void => {
    over = true;
    unlisten();
    for (const run of runs) run.leave();
  };
  if (over) onGivenUp(signal?.reason);
  else {
    unlisten = onAbort(signal, (reason) => {
      leave();
      onGivenUp(reason);
    });
  }
  for (let index = 0; index < list.length; index++) {
    const each = list[index] as Waitable<unknown>;
    // A task may abort the caller's signal as it starts: the rest is not started then.
    if (over && typeof each === "function") continue;
    const run = new Run(host, index);
    runs.push(run);
    run.follow(typeof each === "function" ? call(each, run) : Promise.resolve(each));
    // Followed all the same: a failure of a promise that was given is handled from then on.
    if (over) run.leave();
  }
  return leave;
}
