import type { Loads } from "../load.ts";
import { cache } from "./cache.ts";
import { combine } from "./combine.ts";
import { lifecycle } from "./lifecycle.ts";
import { limit } from "./limit.ts";
import { policies } from "./policies.ts";
import { resilience } from "./resilience.ts";
import { stream } from "./stream.ts";
import { sync } from "./sync.ts";
import { time } from "./time.ts";

export const groups: readonly Loads[] = [
  combine,
  time,
  limit,
  sync,
  stream,
  resilience,
  policies,
  cache,
  lifecycle,
];

/** What `npm run soak` puts upon the package: every pattern that it exports is used by one of them. */
export const loads: Loads = Object.assign({}, ...groups);
