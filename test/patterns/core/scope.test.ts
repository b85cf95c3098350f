import { expect, test } from "vitest";
import { onAbort } from "../../../src/patterns/core/abort-hub.ts";
import { contextOf, Scope, sourceOf } from "../../../src/patterns/core/scope.ts";
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
    // Before its signal is read.
    expect(after.aborted).toBe(true);
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

test("a context made of options passes on their signal, and has the attempt", () => {
  using controllers = countControllers();
  const { signal } = new Scope();
  const context = contextOf({ signal }, 3);
  expect(context.signal).toBe(signal);
  expect(context.source).toBe(signal);
  expect(context.attempt).toBe(3);
  expect(contextOf({ signal }).attempt).toBe(1);
  expect(contextOf({}).attempt).toBe(1);
  expect(controllers.made).toBe(1);
});

test("a context made of a context is that context, or has another attempt and the same signal", () => {
  const outer = new Scope();
  expect(contextOf(outer)).toBe(outer);
  const again = contextOf(outer, 2);
  expect(again.attempt).toBe(2);
  expect(again.source).toBe(outer);
  expect(again.signal).toBe(outer.signal);
  expect(contextOf(again, 3).source).toBe(outer);
  expect(sourceOf(again)).toBe(outer);
  expect(sourceOf({})).toBeUndefined();
});

test("a scope tells who listens, and makes no AbortController for it", () => {
  using controllers = countControllers();
  const scope = new Scope();
  const told: unknown[] = [];
  const leave = onAbort(scope, () => told.push("left before"));
  onAbort(scope, () => told.push(scope.aborted));
  onAbort(scope, () => told.push("second"));
  expect(scope.heard).toBe(true);
  leave();
  expect(scope.aborted).toBe(false);
  scope.throwIfAborted();
  expect(controllers.made).toBe(0);
  scope.abort("enough");
  scope.abort("again");
  expect(told).toStrictEqual([true, "second"]);
  expect(() => onAbort(scope, () => {})).toThrow("enough");
});

test("a scope keeps no listener when all have left", () => {
  const scope = new Scope();
  onAbort(scope, () => {})();
  expect(scope.heard).toBe(false);
});

test("a scope that tells who listens gives them the reason itself, also if its signal was read", () => {
  const told: unknown[] = [];
  for (const read of [false, true]) {
    const scope = new Scope();
    onAbort(scope, (reason) => told.push(reason));
    if (read) expect(scope.signal.aborted).toBe(false);
    expect(scope.heard).toBe(true);
    scope.abort(undefined);
    expect(scope.signal.aborted).toBe(true);
    expect(told.at(-1)).toBe(scope.signal.reason);
  }
  expect(told).toStrictEqual([expect.any(DOMException), expect.any(DOMException)]);
});

test.each([{}, new AbortController(), "signal"])("sourceOf() refuses %o for a signal", (signal) => {
  const given = { signal } as unknown as { signal: AbortSignal };
  expect(() => sourceOf(given)).toThrow(TypeError);
  expect(() => sourceOf(given)).toThrow(
    /^signal must be an AbortSignal, got (Object|AbortController|"signal")$/,
  );
});

test("a Scope that has aborted stays so when those who listened leave, also for a second time", () => {
  const scope = new Scope();
  const leave = onAbort(scope, () => {});
  leave();
  scope.abort("enough");
  leave();
  expect(scope.aborted).toBe(true);
  expect(scope.signal).toMatchObject({ aborted: true, reason: "enough" });
});
