import type { Library } from "./library.ts";
import type { Peer } from "./peers.ts";

/** What a measurement is given, in the process that makes it. */
export interface Bench {
  /** The library as it is published: one bundled file. */
  readonly library: Library;
  /** Where that file is. */
  readonly libraryUrl: string;
  /** This folder: what bundles resolve the peers from. */
  readonly folder: string;
  /** Milliseconds for the warm-up, and again for the measurement. */
  readonly budget: number;
  /** Imports a package that is installed only here, as the type that the caller knows of it. */
  readonly load: <T>(name: Peer | "esbuild") => Promise<T>;
  /** Where such a package is imported from. */
  readonly url: (name: Peer) => string;
}

/** Makes one measurement: a figure in the row's unit, less is better. It throws where the work was not done. */
export type Measure = (bench: Bench) => Promise<number>;

/**
 * - `bare` does the work with none of what the row is about
 * - `ours` is what goals are set for, and its variants
 * - `peer` is what ours is compared with: a package, the platform, or what people write by hand
 */
export type Role = "bare" | "ours" | "peer";

export interface Candidate {
  readonly name: string;
  readonly role: Role;
  readonly measure: Measure;
  /** The package that it needs. */
  readonly peer?: Peer | undefined;
  /** The packages that it needs beside that. */
  readonly more?: readonly Peer[] | undefined;
  /** Whether it does what the row asks; one that does less is shown and not compared with. Default: true. */
  readonly counts?: boolean | undefined;
  /** Left out of a short run. */
  readonly slow?: boolean | undefined;
  readonly note?: string | undefined;
}

/** A limit for one of ours: a multiple of another's figure, or a figure of its own. */
export type Goal = {
  /** Default: "yieldpoint". */
  readonly candidate?: string;
  /** What was tried, for the results, while the goal is missed. */
  readonly tried?: string;
} & (
  | {
      readonly ratio: number;
      /** Whose figure; default: the best peer's. */
      readonly against?: string;
    }
  | { readonly value: number }
);

/** One kind of work, measured for each candidate. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly candidates: readonly Candidate[];
  readonly goals?: readonly Goal[] | undefined;
  /** Exports without which there is nothing to measure yet. */
  readonly needs?: readonly string[] | undefined;
  /** Stands in a short run that names no rows. */
  readonly short?: boolean | undefined;
  /** The figure is the same each time: one round is enough. */
  readonly once?: boolean | undefined;
  /** How many times a round measures it, where the figures differ much from one process to the next. Default: 1. */
  readonly perRound?: number | undefined;
}

export function bare(measure: Measure, note?: string): Candidate {
  return { name: "bare", role: "bare", measure, note };
}

export function ours(measure: Measure, variant?: string): Candidate {
  return { name: variant === undefined ? "yieldpoint" : `yieldpoint, ${variant}`, role: "ours", measure };
}

type Extras = Pick<Candidate, "counts" | "more" | "slow" | "note">;

/** A package, under its name or under the one given. */
export function peer(
  name: Peer,
  measure: Measure,
  extras: Extras & { readonly name?: string } = {},
): Candidate {
  return { name, role: "peer", peer: name, measure, ...extras };
}

/** The platform's own means, or what is written by hand with it. */
export function platform(name: string, measure: Measure, extras: Extras = {}): Candidate {
  return { name, role: "peer", measure, ...extras };
}
