import { expect, expectTypeOf, test } from "vitest";
import {
  interleavings,
  leakCheck,
  recordTimeline,
  type Explored,
  type Interleaving,
  type MakeService,
  type Scenario,
} from "../../src/testing/index.ts";
import { matchers, type TimelineMatchers } from "../../src/testing/vitest/index.ts";

test("leakCheck() gives what the body gives", () => {
  const ofValue = () => leakCheck(() => 5);
  const ofPromise = () => leakCheck(async () => "text");
  expectTypeOf(ofValue).returns.toEqualTypeOf<Promise<number>>();
  expectTypeOf(ofPromise).returns.toEqualTypeOf<Promise<string>>();
});

test("interleavings() takes a body that uses a scenario and steps", () => {
  expectTypeOf(interleavings).returns.toEqualTypeOf<Promise<Explored>>();
  expectTypeOf<Interleaving>().toExtend<Scenario>();
  expectTypeOf<Interleaving["step"]>().parameter(0).toEqualTypeOf<string>();
  expectTypeOf<Interleaving["step"]>().returns.toEqualTypeOf<Promise<void>>();
});

test("service() keeps the type of its value", () => {
  const { service } = recordTimeline({ now: 0 });
  expectTypeOf(service).toEqualTypeOf<MakeService>();
  expectTypeOf(service("users", 100)).returns.toEqualTypeOf<Promise<string>>();
  expectTypeOf(service("user", 100, { value: { id: 1 } })).returns.toEqualTypeOf<Promise<{ id: number }>>();
});

test("expect() knows the matchers", () => {
  expect.extend(matchers);
  expectTypeOf(expect(5)).toExtend<TimelineMatchers>();
  expectTypeOf(expect(5).not).toExtend<TimelineMatchers>();
});
