import type { Actor } from "./actor.ts";
import type { Random } from "./random.ts";

/** What is put upon one or a few patterns. */
export interface Load {
  /** One round; what it has begun has ended when it is over. Several run at the same time. */
  step(actor: Actor): Promise<unknown>;
  /** Ends what the load keeps from round to round. */
  end?(): unknown;
  /** What there is of all that must be nothing while no round runs. */
  rest?(): Readonly<Record<string, number>>;
}

/** Loads by name, each made anew for a run. */
export type Loads = Readonly<Record<string, (random: Random) => Load>>;
