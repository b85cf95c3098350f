/** Those who wait to be told something. Nearly always there is one: a Set is made for a second only. */
export class Audience<T> {
  #first: T | undefined;
  #others: Set<T> | undefined;

  get empty(): boolean {
    return !this.#first && !this.#others?.size;
  }

  add(one: T): void {
    if (this.empty) this.#first = one;
    else (this.#others ??= new Set()).add(one);
  }

  /** Leaving twice, or late, is harmless. */
  leave(one: T): void {
    if (this.#first === one) this.#first = undefined;
    else this.#others?.delete(one);
  }

  /** Tells all, and empties it. Whoever leaves meanwhile is told no more. */
  protected tellAll(tell: (one: T) => void): void {
    const first = this.#first;
    this.#first = undefined;
    if (first) tell(first);
    for (const one of this.#others ?? []) tell(one);
    this.#others = undefined;
  }
}
