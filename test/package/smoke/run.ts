import type { Check } from "./check.ts";

/** What the checks of all exports found, on the platform where they ran. */
export interface Findings {
  /** "passed", or what went wrong, by export. */
  readonly results: Readonly<Record<string, string>>;
  /** Rejections that nobody handled. */
  readonly unhandled: readonly string[];
  /** Of which type the handles of the platform's timers are. */
  readonly timerHandle: string;
}

type Checks = Readonly<Record<string, Check>>;

/** Runs the check of every export, all at the same time. */
export async function runChecks(
  exported: readonly string[],
  checks: Checks,
  within = 5_000,
): Promise<Findings> {
  const unhandled: string[] = [];
  // Node has no such global function, and ends by itself for an unhandled rejection.
  globalThis.addEventListener?.("unhandledrejection", (event) => {
    unhandled.push(String(event.reason));
  });
  const entries = await Promise.all(
    exported.map(async (name) => [name, await resultOf(checks[name], within)] as const),
  );
  const timer = setTimeout(() => {}, 0);
  const timerHandle = typeof timer;
  // The news of a rejection comes after its turn.
  await new Promise((resolve) => setTimeout(resolve, 10));
  return { results: Object.fromEntries(entries), unhandled, timerHandle };
}

async function resultOf(check: Check | undefined, within: number): Promise<string> {
  if (check === undefined) return "has no check";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${within} ms`)), within);
  });
  try {
    await Promise.race([Promise.resolve().then(check), late]);
    return "passed";
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
  }
}
