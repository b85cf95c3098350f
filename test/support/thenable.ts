type Settle<T> = (resolve: (value: T) => void, reject: (reason: unknown) => void) => void;

/** A foreign promise: all that it has is `then`. */
export function thenable<T>(settle: Settle<T>): PromiseLike<T> {
  return Object.create({}, Object.fromEntries(new Map([["then", { value: settle }]])));
}
