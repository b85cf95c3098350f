import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { flush } from "./waiting.ts";

/** Bytes of heap that are kept once `body` has run: by what it has changed, since its own variables are gone. */
export async function bytesKeptBy(body: () => unknown): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await flush();
  collect();
  const before = process.memoryUsage().heapUsed;
  await body();
  await flush();
  collect();
  return process.memoryUsage().heapUsed - before;
}
