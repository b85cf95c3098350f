import type { Survivor } from "../survivors.ts";

export const cache: readonly Survivor[] = [
  {
    file: "src/patterns/cache/async-cache.ts",
    code: ".catch((error: unknown) => this.#onError?.(error, key))",
    mutant: ".catch((error: unknown) => this.#onError(error, key))",
    reason: "What telling of the failure throws is dropped, the TypeError for a missing onError, too",
  },
];
