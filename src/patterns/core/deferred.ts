/** Settles a promise; a promise that is given to `resolve` settles it as that one settles. */
export type Resolve<T> = (value: T | PromiseLike<T>) => void;
export type Reject = (reason: unknown) => void;

// Of the promise that was made last. That way, no promise needs a closure of its own.
let resolve: Resolve<never> | undefined;
let reject: Reject | undefined;

function keep(resolveLast: Resolve<never>, rejectLast: Reject): void {
  resolve = resolveLast;
  reject = rejectLast;
}

/** One for all who need not wait. */
export const resolved: Promise<void> = /* @__PURE__ */ Promise.resolve();

/** Makes a promise. What settles it is to be taken before the next is made. */
export function deferred<T>(): Promise<T> {
  return new Promise<T>(keep);
}

/** What rejects the promise that was made last; to be taken before what resolves it. */
export function takeReject(): Reject {
  return reject as Reject;
}

/** What resolves the promise that was made last. Nothing is kept of it here. */
export function takeResolve<T>(): Resolve<T> {
  const taken = resolve as Resolve<T>;
  resolve = reject = undefined;
  return taken;
}
