/** Calls back, if somebody wants to be. What a callback throws, or its promise rejects with, breaks nothing. */
export function notify<E>(callback: ((event: E) => unknown) | undefined, event: E): void {
  const calling = async (): Promise<unknown> => callback?.(event);
  calling().catch(() => {});
}
