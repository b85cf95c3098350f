import { describe, expect, test } from "vitest";
import {
  check,
  checkCallback,
  checkCount,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  oneOf,
  optionsOf,
} from "../../../src/patterns/core/check.ts";

class Connection {
  readonly open = true;
}

describe("check()", () => {
  test("lets a value pass that keeps the rule", () => {
    expect(() => check(true, "call: value", "anything", NaN)).not.toThrow();
  });

  test.each([
    [-2, new RangeError("Call: size must be positive, got -2")],
    [NaN, new RangeError("Call: size must be positive, got NaN")],
    [Infinity, new RangeError("Call: size must be positive, got Infinity")],
    ["4", new TypeError('Call: size must be positive, got "4"')],
    ['a"b', new TypeError('Call: size must be positive, got "a\\"b"')],
    [undefined, new TypeError("Call: size must be positive, got undefined")],
    [null, new TypeError("Call: size must be positive, got null")],
    [true, new TypeError("Call: size must be positive, got true")],
    [5n, new TypeError("Call: size must be positive, got 5n")],
    [Symbol("s"), new TypeError("Call: size must be positive, got Symbol(s)")],
    [{}, new TypeError("Call: size must be positive, got Object")],
    [Object.create(null), new TypeError("Call: size must be positive, got Object")],
    [new Connection(), new TypeError("Call: size must be positive, got Object")],
    [[1], new TypeError("Call: size must be positive, got Array")],
    [Promise.resolve(), new TypeError("Call: size must be positive, got Promise")],
    [() => {}, new TypeError("Call: size must be positive, got Function")],
    [async () => {}, new TypeError("Call: size must be positive, got AsyncFunction")],
    [{ toString: null }, new TypeError("Call: size must be positive, got Object")],
  ])("states the call, the rule and the value %#", (value, expected) => {
    let thrown: unknown;
    try {
      check(false, "Call: size", "positive", value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toStrictEqual(expected);
  });
});

test("checkFunction() takes every kind of function and nothing else", () => {
  for (const value of [() => {}, async () => {}, Connection, Math.max]) {
    expect(() => checkFunction("call: task", value)).not.toThrow();
  }
  expect(() => checkFunction("call: task", Promise.resolve())).toThrow(
    new TypeError("call: task must be a function, got Promise"),
  );
});

test("checkCallback() takes a function, or nothing", () => {
  for (const value of [() => {}, undefined]) {
    expect(() => checkCallback("call: onEvent", value)).not.toThrow();
  }
  expect(() => checkCallback("call: onEvent", null)).toThrow(
    new TypeError("call: onEvent must be a function, got null"),
  );
});

test("oneOf() makes a rule that takes the words and nothing else", () => {
  const rule = oneOf("full", "none");
  for (const word of ["full", "none"]) expect(() => rule("call: jitter", word)).not.toThrow();
  expect(() => rule("call: jitter", "fulll")).toThrow(
    new TypeError('call: jitter must be "full" or "none", got "fulll"'),
  );
});

test("checkNumber() takes numbers from the least on, Infinity too", () => {
  for (const value of [0, 0.5, 2 ** 31, 1e300, Infinity]) {
    expect(() => checkNumber("call: ms", value, 0)).not.toThrow();
  }
  expect(() => checkNumber("call: ms", -0.1, 0)).toThrow(
    new RangeError("call: ms must be a number >= 0, got -0.1"),
  );
  expect(() => checkNumber("call: ms", NaN, 0)).toThrow(
    new RangeError("call: ms must be a number >= 0, got NaN"),
  );
  expect(() => Reflect.apply(checkNumber, undefined, ["call: ms", "5", 0])).toThrow(
    new TypeError('call: ms must be a number >= 0, got "5"'),
  );
});

test("checkPositive() takes numbers over 0, Infinity too", () => {
  for (const value of [Number.MIN_VALUE, 1, Infinity]) {
    expect(() => checkPositive("call: ratio", value)).not.toThrow();
  }
  for (const value of [0, -1, NaN]) {
    expect(() => checkPositive("call: ratio", value)).toThrow(
      new RangeError(`call: ratio must be a number > 0, got ${value}`),
    );
  }
  expect(() => Reflect.apply(checkPositive, undefined, ["call: ratio", "5"])).toThrow(
    new TypeError('call: ratio must be a number > 0, got "5"'),
  );
});

test("checkWhole() takes integers from 1 on", () => {
  for (const value of [1, 2 ** 40]) expect(() => checkWhole("call: size", value)).not.toThrow();
  for (const value of [0, 1.5, NaN, Infinity]) {
    expect(() => checkWhole("call: size", value)).toThrow(
      new RangeError(`call: size must be an integer >= 1, got ${value}`),
    );
  }
});

test("checkCount() takes integers from the least on, and Infinity", () => {
  for (const value of [1, 2, 2 ** 40, Infinity]) {
    expect(() => checkCount("call: permits", value, 1)).not.toThrow();
  }
  for (const value of [0, -1, 1.5, NaN, -Infinity]) {
    expect(() => checkCount("call: permits", value, 1)).toThrow(
      new RangeError(`call: permits must be an integer >= 1 or Infinity, got ${value}`),
    );
  }
  for (const value of ["2", null, 2n]) {
    expect(() => Reflect.apply(checkCount, undefined, ["call: permits", value, 1])).toThrow(TypeError);
  }
});

describe("optionsOf()", () => {
  interface Shape {
    readonly size?: number | undefined;
    readonly ms: number;
  }

  test("gives what was set, or the default", () => {
    const option = optionsOf<Shape>("call", { ms: 0, size: undefined });
    expect(option("ms", checkNumber)).toBe(0);
    expect(option("size", checkCount, 7)).toBe(7);
    expect(optionsOf<Shape>("call", { ms: 1, size: 2 })("size", checkCount, 7)).toBe(2);
  });

  test("refuses what breaks the rule, by the name of the call and the option", () => {
    const option = optionsOf<Shape>("call", { ms: -1, size: 1 });
    expect(() => option("ms", checkNumber)).toThrow(new RangeError("call: ms must be a number >= 0, got -1"));
    expect(() => option("size", checkCount, 3, 2)).toThrow(
      new RangeError("call: size must be an integer >= 2 or Infinity, got 1"),
    );
  });

  test("takes nothing but undefined for left out", () => {
    const option = optionsOf<Shape>("call", { ms: 1, size: null } as never);
    expect(() => option("size", checkCount, 3)).toThrow(TypeError);
  });
});
