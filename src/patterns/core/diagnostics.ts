/** A diagnostics channel, as Node has them. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** Where a pattern tells what it does: a channel, or none. */
export type Told = Channel | null | undefined;

interface Runtime {
  readonly process?: {
    getBuiltinModule?(id: "diagnostics_channel"): { channel(name: string): Channel } | undefined;
  };
}

/**
 * The channel of a pattern; none where the runtime has no such channels, as in browsers.
 *
 * It is looked up and not imported, so that the patterns run there, too. It is the runtime's own, by name: whoever knows the name hears of
 * all copies of the package that the process has loaded, and needs nothing of any of them.
 */
export function channel(pattern: string): Told {
  const diagnostics = (globalThis as Runtime).process?.getBuiltinModule?.("diagnostics_channel");
  return diagnostics?.channel(`yieldpoint:${pattern}`);
}

/** Tells those who listen; while nobody does, it makes nothing. The types of the messages stand in the adapter. */
export function tell(told: Told, source: object, event: string, more?: object): void {
  if (told?.hasSubscribers) told.publish({ event, source, ...more });
}

/** Tells of one that waits, and how its wait ends; then its turn comes a few microtasks later than without listeners. */
export function timed<T>(told: Told, source: object, turn: Promise<T>): Promise<T> {
  if (!told?.hasSubscribers) return turn;
  tell(told, source, "queued");
  const start = performance.now();
  const end = (event: string) => () => {
    tell(told, source, event, { wait: performance.now() - start });
    return turn;
  };
  return turn.then(end("granted"), end("left"));
}
