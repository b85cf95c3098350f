// Every message states the call, the rule and the value received.

/** A value as it appears in a message: `"4"`, `-1`, `null`, `Promise`, `Object`. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value instanceof Object ? Object.prototype.toString.call(value).slice(8, -1) : String(value);
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
  check(typeof value === "function", what, "a function", value);
}

/** A number of at least `least`, not NaN. Infinity is fine. */
export function checkNumber(what: string, value: number, least: number): void {
  check(typeof value === "number" && value >= least, what, `a number >= ${least}`, value);
}

/** An integer of at least `least`, or Infinity. */
export function checkCount(what: string, value: number, least: number): void {
  const count = Number.isInteger(value) || value === Infinity;
  check(count && value >= least, what, `an integer >= ${least} or Infinity`, value);
}
