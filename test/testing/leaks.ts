import { FactError, leakCheck, type LeakCheckOptions } from "../../src/testing/index.ts";

/** What is undone when the check is over. */
export const undo: (() => void)[] = [];

/** What a leak check complains of; "nothing" if it does not. */
export async function leaksOf(body: () => unknown, options?: LeakCheckOptions): Promise<string> {
  try {
    await leakCheck(body, options);
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return error.message;
  } finally {
    for (const each of undo.splice(0)) each();
  }
  return "nothing";
}
