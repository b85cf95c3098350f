import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { singleFlight } from "yieldpoint";
import { thenable } from "../../support/thenable.ts";
import { complaints, flush, rejection } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

describe("singleFlight()", () => {
  test("callers of one key at one time share one run, and get the same value", async () => {
    const { run, runs, at } = manual<object>();
    const find = singleFlight(run);
    const waiting = [find("a"), find("a"), find("a")];
    expect(runs).toHaveLength(1);
    expect(at().key).toBe("a");
    const value = {};
    at().resolve(value);
    for (const each of await Promise.all(waiting)) expect(each).toBe(value);
  });

  test("callers of different keys do not share", async () => {
    const { run, runs, at } = manual();
    const find = singleFlight(run);
    const waiting = [find("a"), find("b")];
    expect(runs.map((each) => each.key)).toEqual(["a", "b"]);
    at(1).resolve("B");
    expect(await waiting[1]).toBe("B");
    at(0).resolve("A");
    expect(await waiting[0]).toBe("A");
  });

  test("someone who comes while it runs shares, someone who comes after its end starts another", async () => {
    const { run, runs, at } = manual();
    const find = singleFlight(run);
    const first = find("a");
    await flush();
    const second = find("a");
    at().resolve("1");
    expect(await Promise.all([first, second])).toEqual(["1", "1"]);
    const third = find("a");
    expect(runs).toHaveLength(2);
    at().resolve("2");
    expect(await third).toBe("2");
  });

  test("a caller that asks again as soon as it has its value starts another run", async () => {
    let runs = 0;
    const find = singleFlight(() => ++runs);
    const again = find("a").then(() => find("a"));
    const beside = find("a");
    expect(await again).toBe(2);
    expect(await beside).toBe(1);
  });

  test("keeps no value: after the end of a run nothing is remembered, however fast the next call comes", async () => {
    let runs = 0;
    const find = singleFlight(async () => ++runs);
    for (let call = 1; call <= 3; call++) expect(await find(undefined)).toBe(call);
  });

  test("compares keys as a Map does", async () => {
    const { run, runs } = manual<string, unknown>();
    const find = singleFlight(run);
    const key = {};
    for (const each of [NaN, NaN, 0, -0, key, key, undefined]) void find(each);
    expect(runs.map((each) => each.key)).toEqual([NaN, 0, key, undefined]);
    for (const each of [{}, null, "0", false]) void find(each);
    expect(runs).toHaveLength(8);
  });

  test("shares nothing with another single flight of the same function", () => {
    const { run, runs } = manual();
    void singleFlight(run)("a");
    void singleFlight(run)("a");
    expect(runs).toHaveLength(2);
  });

  test("starts the run before it returns, as its first attempt", () => {
    const { run, at } = manual();
    void singleFlight(run)("a");
    expect(at().context.attempt).toBe(1);
    expect(at().context.signal.aborted).toBe(false);
  });

  test.each([undefined, null, 0, ""])("gives the plain value %j", async (value) => {
    expect(await singleFlight(() => value)("a")).toBe(value);
  });

  test("follows any thenable", async () => {
    const find = singleFlight((key: string) => thenable<string>((resolve) => resolve(key)));
    expect(await Promise.all([find("a"), find("a")])).toEqual(["a", "a"]);
  });
});

describe("singleFlight() when the run fails", () => {
  test.each([new Error("down"), undefined, null, 0])(
    "shares the failure %s, and does not keep it",
    async (error) => {
      const { run, runs, at } = manual();
      const find = singleFlight(run);
      const waiting = [find("a"), find("a")].map(rejection);
      at().reject(error);
      expect(await Promise.all(waiting)).toEqual([error, error]);
      const next = find("a");
      expect(runs).toHaveLength(2);
      at().resolve("up again");
      expect(await next).toBe("up again");
    },
  );

  test("a sync throw is a rejection, shared by those who called meanwhile, and is not kept", async () => {
    let runs = 0;
    const find = singleFlight((key: string) => {
      if (++runs === 1) throw undefined;
      return key;
    });
    const waiting = [find("a"), find("a")].map(rejection);
    expect(runs).toBe(1);
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(await find("a")).toBe("a");
  });

  test("leaves no rejection unhandled but that of a caller who ignores his own", async () => {
    const found = await complaints(async () => {
      const find = singleFlight(() => Promise.reject(new Error("down")));
      await Promise.all([rejection(find("a")), rejection(find("a"))]);
    });
    expect(found).toEqual([]);
    const ignored = await complaints(() => {
      void singleFlight(() => Promise.reject("down"))("a");
    });
    expect(ignored).toEqual(["down"]);
  });
});

describe("singleFlight() and the context of its callers", () => {
  test("a run has the AsyncLocalStorage context of its first caller, and each caller keeps its own", async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const find = singleFlight(async () => {
      seen.push(store.getStore());
      await flush();
      seen.push(store.getStore());
    });
    const ask = async (): Promise<string | undefined> => {
      await find("a");
      return store.getStore();
    };
    const names = ["first", "second"];
    expect(await Promise.all(names.map((name) => store.run(name, ask)))).toEqual(names);
    expect(seen).toEqual(["first", "first"]);
    await store.run("third", ask);
    expect(seen.slice(2)).toEqual(["third", "third"]);
  });

  test("a run may ask for another key; for its own it waits for itself", async () => {
    let own: Promise<unknown> | undefined;
    const sum = singleFlight(async (n: number): Promise<number> => (n === 0 ? 0 : n + (await sum(n - 1))));
    expect(await sum(4)).toBe(10);
    const settled: string[] = [];
    const loop = singleFlight((key: string): Promise<unknown> => {
      own = loop(key);
      return own;
    });
    void loop("a").finally(() => settled.push("settled"));
    await flush();
    expect(own).toBeInstanceOf(Promise);
    expect(settled).toEqual([]);
  });
});

test("singleFlight() refuses a run that is no function", () => {
  const make = singleFlight as (run: unknown) => unknown;
  expect(() => make(undefined)).toThrow(new TypeError("singleFlight: run must be a function, got undefined"));
  expect(() => make(Promise.resolve())).toThrow(
    new TypeError("singleFlight: run must be a function, got Promise"),
  );
});
