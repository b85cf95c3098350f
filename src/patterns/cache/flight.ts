import { onAbort } from "../core/abort-hub.ts";
import { Scope, sourceOf } from "../core/scope.ts";
import { watch } from "../core/settlement.ts";
import { call, type AbortOptions, type Task } from "../core/task.ts";

interface Caller<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
  readonly leave: () => void;
}

/** A run that several callers wait for, and its context. */
export class Flight<T> extends Scope {
  readonly callers: Set<Caller<T>> = new Set();
  /** Stops following the run; there once it has started. */
  leave: (() => void) | undefined;
}

/**
 * Waits for the run of a key, and starts it if there is none. Whoever takes a run out of `flights` makes the next call start another;
 * those who wait for it stay with it.
 *
 * @param keep called with the value of a run that was not taken out; what it throws is the run's failure
 * @param fail called at the failure of a run that somebody waits for
 */
export function join<K, T>(
  flights: Map<K, Flight<T>>,
  key: K,
  task: Task<T>,
  options: AbortOptions,
  keep?: (value: T) => void,
  fail?: () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const running = flights.get(key);
    const flight = running ?? new Flight<T>();
    const takeOut = (): boolean => flights.get(key) === flight && flights.delete(key);
    const leave = onAbort(sourceOf(options), (reason) => {
      reject(reason);
      flight.callers.delete(caller);
      if (flight.callers.size > 0) return;
      takeOut();
      flight.leave?.();
      flight.abort(reason);
    });
    const caller: Caller<T> = { resolve, reject, leave };
    flight.callers.add(caller);
    if (running) return;

    flights.set(key, flight);
    const end = (tell: (caller: Caller<T>) => void): void => {
      for (const each of flight.callers) {
        each.leave();
        tell(each);
      }
    };
    const watcher = {
      onValue(value: unknown): void {
        try {
          if (takeOut()) keep?.(value as T);
          end((each) => each.resolve(value as T));
        } catch (error) {
          watcher.onError(error);
        }
      },
      onError(error: unknown): void {
        takeOut();
        fail?.();
        end((each) => each.reject(error));
      },
    };
    const watched = watch(call(task, flight), watcher);
    flight.leave = () => watched.leave(watcher);
    // The run may have aborted its caller's signal as it started.
    if (flight.callers.size === 0) flight.leave();
  });
}
