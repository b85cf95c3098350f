import { ensure, interleavings, type Interleaving } from "../../src/testing/index.ts";

/** What an exploration rejects with. */
export async function failureOf(...args: Parameters<typeof interleavings>): Promise<Error> {
  try {
    await interleavings(...args);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("an order should have failed");
}

export function topFrame(error: Error): string {
  return error.stack?.split("\n").find((line) => line.startsWith("    at ")) ?? "";
}

/** Fails where Bob comes between Ada's two steps. */
export async function interrupted({ step }: Interleaving): Promise<void> {
  const seen: string[] = [];
  const walk = async (name: string, times: number): Promise<void> => {
    for (let n = 1; n <= times; n++) {
      await step(`${name} ${n}`);
      seen.push(name);
    }
  };
  await Promise.all([walk("Bob", 1), walk("Ada", 2)]);
  ensure(seen.join() !== "Ada,Bob,Ada", "Bob came between");
}
