/** Does the basic thing of one export; throws or rejects where it does not. */
export type Check = () => unknown;

/** Compares as JSON: nothing of Node is at hand. */
export function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (found !== wanted) throw new Error(`expected ${wanted}, got ${found}`);
}

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

/** The reason of an abort, and a signal that aborts with it after the code that runs now. */
export function givingUp(): { readonly reason: Error; readonly signal: AbortSignal } {
  const reason = new Error("gave up");
  const controller = new AbortController();
  queueMicrotask(() => controller.abort(reason));
  return { reason, signal: controller.signal };
}

/** Checks that what waits for ever is given up by a signal, with its reason. */
export async function isGivenUp(
  wait: (options: { signal: AbortSignal }) => PromiseLike<unknown>,
): Promise<void> {
  const { reason, signal } = givingUp();
  if ((await rejection(wait({ signal }))) !== reason)
    throw new Error("not rejected with the signal's reason");
}

/** All items of a stream. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
