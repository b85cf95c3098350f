/** Refuses a value that breaks a rule, and says what it is. */
export function refuse(rule: string, value: unknown): never {
  const got =
    Object(value) === value
      ? Object.prototype.toString.call(value).slice(8, -1)
      : (JSON.stringify(value) ?? "undefined");
  throw new TypeError(`${rule}, got ${got}`);
}
