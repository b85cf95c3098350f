import { realTurn } from "./real.ts";

/** Rejections that nobody handled in time, as collected by {@link watchRejections}. */
export interface RejectionWatch {
  /** Waits until the news of the last turn has arrived, puts the process's own listeners back, and gives the reasons. */
  stop(): Promise<unknown[]>;
}

/**
 * Keeps unhandled rejections from the process's own listeners (a test runner's, say) and collects them instead. One that is
 * handled later counts all the same: Node reports it at the end of its turn, and would have ended the process by then.
 */
export function watchRejections(): RejectionWatch {
  const reasons: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void reasons.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", onUnhandled);
  return {
    async stop() {
      await realTurn();
      process.off("unhandledRejection", onUnhandled);
      for (const listener of others) process.on("unhandledRejection", listener);
      return reasons;
    },
  };
}
