import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";

/** Megabytes of heap for one exercise: small, so that a leak is told soon and the learner's machine stays usable. */
export const memoryLimit = 256;

/** Milliseconds of real time for one test of an exercise. Time in most of them is virtual. */
const testTimeout = 3000;

/** Leads the package's public names to `src/`, with no build. */
export const packageResolution = {
  ssr: { resolve: { conditions: ["@yieldpoint/source"] } },
} as const satisfies ViteUserConfig;

/** What an exercise's spec runs under, in the tool and in plain Vitest alike. */
export const exerciseOptions = {
  pool: "forks",
  execArgv: [`--max-old-space-size=${memoryLimit}`],
  setupFiles: [fileURLToPath(new URL("./watchdog.setup.ts", import.meta.url))],
  testTimeout,
  hookTimeout: testTimeout,
} satisfies ViteUserConfig["test"];
