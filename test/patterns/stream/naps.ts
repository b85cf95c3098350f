import { sleep, type TaskContext } from "yieldpoint";

/** Takes as long as the item says, and stops when told. */
export async function nap(ms: number, _index: number, { signal }: TaskContext): Promise<number> {
  await sleep(ms, { signal });
  return ms;
}

/** Takes as long as the item says, whatever it is told. */
export async function deaf(ms: number): Promise<number> {
  await sleep(ms);
  return ms;
}
