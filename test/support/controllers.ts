/** Counts the AbortControllers that are made until it is disposed. */
export function countControllers(): Disposable & { readonly made: number } {
  const Real = globalThis.AbortController;
  let made = 0;
  globalThis.AbortController = class extends Real {
    constructor() {
      super();
      made++;
    }
  };
  return {
    get made() {
      return made;
    },
    [Symbol.dispose]() {
      globalThis.AbortController = Real;
    },
  };
}
