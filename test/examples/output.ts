import { assert } from "vitest";
import type { Example } from "../../src/course/model.ts";

/** What of an output must be the same in every run: in real time, the times are not. */
export function comparable(text: string, clock: Example["clock"]): string {
  const lines = text.replaceAll("\r\n", "\n");
  return clock === "real" ? maskTimes(lines) : lines;
}

/** The blanks before a time go with it, since they make up for its digits. */
export function maskTimes(text: string): string {
  return text.replaceAll(/ *\b\d+ ms/g, " … ms");
}

/** Fails with the difference, and says how the expected output is brought up to date. */
export function expectOutput(example: Pick<Example, "id" | "clock">, actual: string, expected: string): void {
  const advice =
    `${example.id} does not print what its .expected.txt says.\n` +
    "If the new output is right, rewrite it: YIELDPOINT_UPDATE=1 npx vitest run test/examples\n";
  assert.strictEqual(comparable(actual, example.clock), comparable(expected, example.clock), advice);
}
