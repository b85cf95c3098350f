/** A mutant that no test kills, and why none can. */
export interface Survivor {
  /** From the root. */
  readonly file: string;
  /** The lines that it is in, as `npm run mutate` prints them. */
  readonly code: string;
  /** The same lines, mutated. */
  readonly mutant: string;
  readonly reason: string;
}

export const survivors: readonly Survivor[] = [];
