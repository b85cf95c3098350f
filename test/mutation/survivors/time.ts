import type { Survivor } from "../survivors.ts";

export const time: readonly Survivor[] = [
  {
    file: "src/patterns/time/timeout.ts",
    code: "if (fallback || source) run.extras = { fallback, hub: source && listen(source, run) };",
    mutant: "if (true) run.extras = { fallback, hub: source && listen(source, run) };",
    reason: "Without either, what is kept apart is empty: this saves memory",
  },
];
