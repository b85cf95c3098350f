import { chaos, type Chaos, type ChaosStats, type Policy, type SeededRandom, type Task } from "yieldpoint";
import { expectTypeOf, test } from "vitest";
import { rejection } from "../../support/waiting.ts";

// Checked by the compiler; what runs is only there to be typed.

const task: Task<string> = () => "a";

test("chaos() without results gives what the task gives", async () => {
  expectTypeOf(chaos()).toEqualTypeOf<Chaos>();
  expectTypeOf(chaos({ faultRate: 0, latencyRate: 0, seed: 1 })).toEqualTypeOf<Chaos>();
  expectTypeOf(await chaos().execute(task)).toEqualTypeOf<string>();
  expectTypeOf(chaos()).toExtend<Policy>();
  expectTypeOf(chaos().stats()).toEqualTypeOf<ChaosStats>();
});

test("the type of an injected result reaches the result", async () => {
  expectTypeOf(chaos({ result: 503 })).toEqualTypeOf<Chaos<number>>();
  expectTypeOf(await chaos({ result: 503 }).execute(task)).toEqualTypeOf<string | number>();
  expectTypeOf(await chaos({ result: null }).execute(task)).toEqualTypeOf<string | null>();
  expectTypeOf(await chaos({ result: () => 503 }).execute(task)).toEqualTypeOf<string | number>();
  expectTypeOf(await chaos({ result: async () => 503 }).execute(task)).toEqualTypeOf<string | number>();
  const late = chaos({ latencyRate: 0.1, latency: 5, resultRate: 0, result: (random) => random() });
  expectTypeOf(late).toExtend<Policy<number>>();
});

test("the functions are given a generator of numbers", async () => {
  const policy = chaos({
    faultRate: 1,
    fault: (random) => {
      expectTypeOf(random).toEqualTypeOf<SeededRandom>();
      return new Error(String(random()));
    },
    latency: (random) => {
      expectTypeOf(random()).toBeNumber();
      return random();
    },
  });
  await rejection(policy.execute(task));
});

test("what is no error must be made by a function", () => {
  // @ts-expect-error a text is no error
  chaos({ fault: "down" });
  chaos({ fault: () => "down" });
});
