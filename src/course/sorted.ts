/** A sorted copy. */
export function sorted<T>(items: Iterable<T>, order: (a: T, b: T) => number): T[] {
  const copy = [...items];
  copy.sort(order);
  return copy;
}

/** Orders texts by code unit, the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
