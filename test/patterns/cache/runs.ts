import type { TaskContext } from "yieldpoint";
import { deferred, type Deferred } from "../../support/waiting.ts";

/** One run of a function by key, to be ended by hand. */
export interface Run<K, T> extends Deferred<T> {
  readonly key: K;
  readonly context: TaskContext;
}

/** A function by key whose runs are ended by hand, and the runs so far. */
export function manual<T = string, K = string>() {
  const runs: Run<K, T>[] = [];
  return {
    runs,
    run: (key: K, context: TaskContext): Promise<T> => {
      const end = deferred<T>();
      runs.push({ key, context, ...end });
      return end.promise;
    },
    /** The newest run, or the one with this index. */
    at: (index = -1): Run<K, T> => runs.at(index) as Run<K, T>,
  };
}
