import { expect, test } from "vitest";
import { observe, outcome, show } from "yieldpoint/testing";

test("outcome() says that a promise is pending, what it gave, or what it rejected with", async () => {
  const pending = observe(new Promise(() => {}));
  const fulfilled = observe(Promise.resolve(["a", 1]));
  const rejected = observe(Promise.reject(new TypeError("no tasks")));
  await new Promise(setImmediate);
  expect([pending, fulfilled, rejected].map(outcome)).toStrictEqual([
    "still waits",
    "gave [a, 1]",
    'rejected with "TypeError: no tasks"',
  ]);
});

test.for([
  ["text", "text"],
  [undefined, "undefined"],
  [null, "null"],
  [Symbol("key"), "Symbol(key)"],
  [[], "[]"],
  [Array(2), "[undefined, undefined]"],
  [
    function task() {
      return "many lines of code";
    },
    "a function",
  ],
  [[() => 1, Map], "[a function, a function]"],
  [Promise.resolve(1), "a promise"],
  [[Promise.resolve(1)], "[a promise]"],
  [Object.create(null), "an object that has no text"],
] as [unknown, string][])("show() is one short line: %#", ([value, text]) => {
  expect(show(value)).toBe(text);
});
