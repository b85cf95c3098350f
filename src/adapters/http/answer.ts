/** An answer whose status and headers have come: what a breaker's `isFailure` and a policy of your own are shown. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** An answer as both faces of the adapter have it. */
export interface Answer extends HttpAnswer {
  /** Resolves when nothing of it is to come any more: its body was read, given up, or has failed. */
  readonly over: Promise<void>;
  /** Lets go of the rest: the connection is free or closed, and whoever reads the body gets the reason. */
  abort(reason: unknown): void;
}
