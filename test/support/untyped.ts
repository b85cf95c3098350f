/** Calls an async function as plain JavaScript would, whatever its types forbid. */
export async function untyped(fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown> {
  return Reflect.apply(fn, undefined, args);
}
