// Every message states the call, the rule and the value received.

/** A value as it appears in a message: `"4"`, `4n`, `-1`, `null`, `Promise`, `Object`. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object(value) === value ? Object.prototype.toString.call(value).slice(8, -1) : String(value);
}

/** Refuses a value that breaks a rule: a RangeError for a number, a TypeError for anything else. */
export function check(ok: boolean, what: string, rule: string, value: unknown): void {
  if (!ok) {
    throw new (typeof value === "number" ? RangeError : TypeError)(
      `${what} must be ${rule}, got ${show(value)}`,
    );
  }
}

export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`${what} must be a function, got ${show(value)}`);
}

/** A function, or nothing. */
export function checkCallback(what: string, value: unknown): void {
  if (value !== undefined) checkFunction(what, value);
}

/** The rule to be one of some words. */
export function oneOf(...words: string[]): (what: string, value: string) => void {
  return (what, value) => {
    if (!words.includes(value)) check(false, what, words.map(show).join(" or "), value);
  };
}

/** A number of at least `least`, not NaN. Infinity is fine. */
export function checkNumber(what: string, value: number, least = 0): void {
  if (typeof value === "number" && value >= least) return;
  check(false, what, `a number >= ${least}`, value);
}

/** A number over 0. Infinity is fine. */
export function checkPositive(what: string, value: number): void {
  check(typeof value === "number" && value > 0, what, "a number > 0", value);
}

/** An integer of at least 1. */
export function checkWhole(what: string, value: number): void {
  check(Number.isInteger(value) && value >= 1, what, "an integer >= 1", value);
}

/** An integer of at least `least`, or Infinity. */
export function checkCount(what: string, value: number, least: number): void {
  if ((Number.isInteger(value) || value === Infinity) && value >= least) return;
  check(false, what, `an integer >= ${least} or Infinity`, value);
}

type Rule<V> = (what: string, value: V, least: number) => void;

/** Gives the option of a name, or its default where it is left out, when it has kept its rule. */
export interface Options<O> {
  <N extends keyof O & string>(name: N, rule: Rule<O[N]>): O[N];
  <N extends keyof O & string>(
    name: N,
    rule: Rule<Exclude<O[N], undefined>>,
    standard: Exclude<O[N], undefined>,
    least?: number,
  ): Exclude<O[N], undefined>;
}

/** Reads the options of a call. Where no `least` is given, it is 0. */
export function optionsOf<O>(call: string, options: O): Options<O> {
  return <N extends keyof O & string>(name: N, rule: Rule<never>, standard?: O[N], least = 0) => {
    const { [name]: value = standard } = options;
    rule(`${call}: ${name}`, value as never, least);
    return value as Exclude<O[N], undefined>;
  };
}
