import { Audience } from "./audience.ts";
import { Same } from "./same.ts";

/** Hears how a promise settles. */
export interface Watcher {
  onValue(value: unknown): void;
  onError(error: unknown): void;
}

/**
 * The one reaction to a promise for the whole package. A reaction cannot be taken off a promise again; so those who wait stand
 * in a list that they can leave, and racing one long-lived promise for ever keeps nothing.
 */
class Reaction extends Audience<Watcher> {
  over = false;

  constructor(promise: Promise<unknown>) {
    super();
    promise.then(
      (value) => this.#tell((watcher) => watcher.onValue(value)),
      (error: unknown) => this.#tell((watcher) => watcher.onError(error)),
    );
  }

  #tell(tell: (watcher: Watcher) => void): void {
    this.over = true;
    this.tellAll(tell);
  }
}

/**
 * The promise itself with a private field put on it, which nobody else can see. A WeakMap would do the same at several times the
 * cost: most promises are waited for once, and the collector works through every entry.
 */
class Watched extends Same {
  #reaction: Reaction;

  private constructor(promise: Promise<unknown>) {
    super(promise);
    this.#reaction = new Reaction(promise);
  }

  static isShared(promise: Promise<unknown>): boolean {
    return #reaction in promise && !promise.#reaction.over;
  }

  static reaction(promise: Promise<unknown>): Reaction {
    if (#reaction in promise) {
      if (promise.#reaction.over) promise.#reaction = new Reaction(promise);
      return promise.#reaction;
    }
    // In newer engines a frozen one takes no field.
    return Object.isExtensible(promise) ? new Watched(promise).#reaction : new Reaction(promise);
  }
}

/**
 * Tells how `promise` settles, and counts its failure as handled.
 *
 * @returns where the watcher can leave, to hear nothing any more; leaving twice, or late, is harmless
 */
export function watch(promise: Promise<unknown>, watcher: Watcher): { leave(watcher: Watcher): void } {
  const reaction = Watched.reaction(promise);
  reaction.add(watcher);
  return reaction;
}

/** As `watch`, at less cost where nobody has left the promise so far: most are waited for once, to their end. */
export function follow(promise: Promise<unknown>, watcher: Watcher): void {
  if (Watched.isShared(promise)) watch(promise, watcher);
  else void promise.then(watcher.onValue.bind(watcher), watcher.onError.bind(watcher));
}

/** Leaves a promise that is followed. It may outlive many more, so that from now on all who follow it share one reaction. */
export function unfollow(promise: Promise<unknown>, watcher: Watcher): void {
  Watched.reaction(promise).leave(watcher);
}
