import { cache } from "./survivors/cache.ts";
import { combine } from "./survivors/combine.ts";
import { core } from "./survivors/core.ts";
import { limit } from "./survivors/limit.ts";
import { resilience } from "./survivors/resilience.ts";
import { stream } from "./survivors/stream.ts";
import { sync } from "./survivors/sync.ts";
import { time } from "./survivors/time.ts";

/** A mutant that no test kills, and why none can. */
export interface Survivor {
  /** From the root. */
  readonly file: string;
  /** The lines that it is in, as `npm run mutate` prints them. */
  readonly code: string;
  /** The same lines, mutated. */
  readonly mutant: string;
  readonly reason: string;
}

export const survivors: readonly Survivor[] = [
  ...cache,
  ...combine,
  ...core,
  ...limit,
  ...resilience,
  ...stream,
  ...sync,
  ...time,
];
