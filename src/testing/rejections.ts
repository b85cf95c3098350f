import { realTurn } from "./real.ts";

/** Rejections that nobody handled, as collected by {@link watchRejections}. */
export interface RejectionWatch {
  /** Waits until late news has arrived, puts the process's own listeners back, and gives the reasons. */
  stop(): Promise<unknown[]>;
}

/** Keeps unhandled rejections from the process's own listeners (a test runner's, say) and collects them instead. */
export function watchRejections(): RejectionWatch {
  const floating = new Map<Promise<unknown>, unknown>();
  const onUnhandled = (reason: unknown, promise: Promise<unknown>): void => {
    floating.set(promise, reason);
  };
  const onHandled = (promise: Promise<unknown>): void => {
    floating.delete(promise);
  };
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", onUnhandled);
  process.on("rejectionHandled", onHandled);
  return {
    async stop() {
      // A rejection is reported at the end of its turn, and that it was handled after all a turn later.
      await realTurn();
      await realTurn();
      process.off("unhandledRejection", onUnhandled);
      process.off("rejectionHandled", onHandled);
      for (const listener of others) process.on("unhandledRejection", listener);
      return [...floating.values()];
    },
  };
}
