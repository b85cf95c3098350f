import { isRefused, onAbort } from "../core/abort-hub.ts";
import { watch } from "../core/settlement.ts";

/**
 * Follows a promise until a signal aborts: the wait is given up then, what the promise stands for goes on.
 *
 * It is for promises that others share or that take no signal. Waiting for one long-lived promise (a plain one, not
 * frozen) again and again keeps no memory.
 *
 * @param promise any promise or thenable
 * @param signal gives up; without one, the promise is simply followed
 * @returns the promise's value
 * @throws the promise's failure; `signal.reason` when aborted, also when it had aborted before
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { abortable } from "yieldpoint";
 *
 * const connecting = new Promise<string>(() => {});
 * const controller = new AbortController();
 * const waiting = abortable(connecting, controller.signal);
 * controller.abort(new Error("user left"));
 * await assert.rejects(waiting, /user left/);
 * ```
 */
export function abortable<T>(promise: PromiseLike<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let unlisten: () => void;
    // Watched even if the signal has aborted: a later failure of the promise is handled then, not left unhandled.
    const watcher = {
      onValue(value: unknown): void {
        unlisten();
        resolve(value as T);
      },
      onError(error: unknown): void {
        unlisten();
        reject(error);
      },
    };
    const watched = watch(Promise.resolve(promise), watcher);
    if (isRefused(signal)) watched.leave(watcher);
    unlisten = onAbort(signal, (reason) => {
      watched.leave(watcher);
      reject(reason);
    });
  });
}
