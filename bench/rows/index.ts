import type { Row } from "../row.ts";
import { abortRows } from "./abort.ts";
import { breakerRows } from "./breaker.ts";
import { bundleRows } from "./bundle.ts";
import { combineRows } from "./combine.ts";
import { handOverRows } from "./handover.ts";
import { importRows } from "./import.ts";
import { limitRows } from "./limit.ts";
import { mapRows } from "./map.ts";
import { policyRows } from "./policy.ts";
import { queueRows } from "./queue.ts";
import { raceRows } from "./race.ts";
import { rateRows } from "./rate.ts";
import { retryRows } from "./retry.ts";
import { timeoutRows } from "./timeout.ts";
import { waitingRows } from "./waiting.ts";

/** Everything that is measured, in the order of the results. */
export const rows: readonly Row[] = [
  ...limitRows,
  ...waitingRows,
  ...handOverRows,
  ...abortRows,
  ...mapRows,
  ...timeoutRows,
  ...queueRows,
  ...raceRows,
  ...combineRows,
  ...rateRows,
  ...retryRows,
  ...breakerRows,
  ...policyRows,
  ...bundleRows,
  ...importRows,
];
