import * as library from "yieldpoint";
import type { Check } from "./check.ts";
import { combine } from "./combine.ts";
import { errors } from "./errors.ts";
import { limit } from "./limit.ts";
import { resilience } from "./resilience.ts";
import { runChecks, type Findings } from "./run.ts";
import { cache, lifecycle } from "./state.ts";
import { stream } from "./stream.ts";
import { sync } from "./sync.ts";
import { time } from "./time.ts";

// An export without a check does not compile.
const checks: Record<keyof typeof library, Check> = {
  ...cache,
  ...combine,
  ...errors,
  ...lifecycle,
  ...limit,
  ...resilience,
  ...stream,
  ...sync,
  ...time,
};

/** Does the basic thing of everything that the package exports. */
export function smoke(): Promise<Findings> {
  return runChecks(Object.keys(library), checks);
}
