import { expect, test } from "vitest";
import { Scope } from "../../../src/patterns/core/scope.ts";
import { countControllers } from "../../support/controllers.ts";

test("a scope makes no AbortController until its signal is read, and one then", () => {
  using controllers = countControllers();
  const scope = new Scope();
  expect(scope.attempt).toBe(1);
  scope.abort(new Error("nobody listens"));
  expect(controllers.made).toBe(0);
  expect(scope.signal).toBe(scope.signal);
  expect(controllers.made).toBe(1);
});

test("a scope's signal tells of an abort, with the reason itself", () => {
  const scope = new Scope();
  const reason = new Error("sibling failed");
  const told: unknown[] = [];
  scope.signal.addEventListener("abort", () => told.push(scope.signal.reason));
  expect(scope.signal.aborted).toBe(false);
  scope.abort(reason);
  expect(told).toStrictEqual([reason]);
});

test.each([null, 0, false, ""])(
  "a scope's signal has the falsy reason %j, read before or after",
  (reason) => {
    const before = new Scope();
    const { signal } = before;
    before.abort(reason);
    const after = new Scope();
    after.abort(reason);
    expect(signal.reason).toBe(reason);
    expect(after.signal.aborted).toBe(true);
    expect(after.signal.reason).toBe(reason);
  },
);

test("a scope keeps the reason of its first abort", () => {
  const [early, late] = [new Scope(), new Scope()];
  const { signal } = early;
  for (const scope of [early, late]) {
    scope.abort("first");
    scope.abort("second");
  }
  expect(signal.reason).toBe("first");
  expect(late.signal.reason).toBe("first");
});

test("a scope that ends without a reason gives the platform's AbortError", () => {
  const scope = new Scope();
  scope.abort();
  expect(scope.signal.reason).toMatchObject({ name: "AbortError" });
});

test("a scope passes on the signal that it was given, and the attempt", () => {
  using controllers = countControllers();
  const { signal } = new Scope();
  const scope = new Scope(signal, 3);
  expect(scope.signal).toBe(signal);
  expect(scope.attempt).toBe(3);
  scope.abort();
  expect(signal.aborted).toBe(false);
  expect(controllers.made).toBe(1);
});
