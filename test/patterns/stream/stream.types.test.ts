import { TransformStream, type ReadableStream as NodeStream } from "node:stream/web";
import {
  batch,
  buffer,
  fromWebStream,
  mapStream,
  merge,
  toWebStream,
  type ItemStream,
  type TaskContext,
} from "yieldpoint";
import { expect, expectTypeOf, test } from "vitest";
import { thenable } from "../../support/thenable.ts";

// Checked by the compiler; what runs is only there to be typed.

async function* letters(): AsyncGenerator<"a" | "b"> {
  yield "a";
}

test("mapStream() gives what the function gives, awaited", () => {
  expectTypeOf(mapStream([1], String)).toEqualTypeOf<ItemStream<string>>();
  expectTypeOf(mapStream(letters(), async (letter) => letter)).toEqualTypeOf<ItemStream<"a" | "b">>();
  expectTypeOf(mapStream([1], () => thenable<number>((done) => done(1)))).toEqualTypeOf<ItemStream<number>>();
  mapStream([Promise.resolve(1)], (item, index, context) => {
    expectTypeOf(item).toEqualTypeOf<number>();
    expectTypeOf(index).toEqualTypeOf<number>();
    expectTypeOf(context).toEqualTypeOf<TaskContext>();
  });
  expectTypeOf(
    mapStream([1], () => {}, { concurrency: undefined, ordered: undefined, signal: undefined }),
  ).toEqualTypeOf<ItemStream<void>>();
});

test("merge() gives what any of the sources gives", () => {
  expectTypeOf(merge([letters(), letters()])).toEqualTypeOf<ItemStream<"a" | "b">>();
  expectTypeOf(merge([letters(), [1, Promise.resolve(true)]])).toEqualTypeOf<
    ItemStream<"a" | "b" | number | boolean>
  >();
  expectTypeOf(merge([[1], new Set(["x"])], { signal: undefined })).toEqualTypeOf<
    ItemStream<number | string>
  >();
});

test("batch() gives arrays, and needs a size", () => {
  expectTypeOf(batch(letters(), { size: 2 })).toEqualTypeOf<ItemStream<("a" | "b")[]>>();
  expectTypeOf(batch([Promise.resolve(1)], { size: 2, within: undefined })).toEqualTypeOf<
    ItemStream<number[]>
  >();
  // @ts-expect-error there is no size that fits all
  expectTypeOf(batch).toBeCallableWith(letters(), { within: 5 });
});

test("buffer() gives the items", () => {
  expectTypeOf(buffer(letters(), 2, { signal: undefined })).toEqualTypeOf<ItemStream<"a" | "b">>();
  expectTypeOf(buffer([Promise.resolve(1), 2], 2)).toEqualTypeOf<ItemStream<number>>();
});

test("the web bridges keep the type of a chunk", () => {
  expectTypeOf(toWebStream(letters())).toEqualTypeOf<ReadableStream<"a" | "b">>();
  expectTypeOf(fromWebStream(new ReadableStream<Uint8Array>())).toEqualTypeOf<ItemStream<Uint8Array>>();
  const { readable }: { readable: NodeStream<number> } = new TransformStream();
  expectTypeOf(fromWebStream(readable)).toEqualTypeOf<ItemStream<number>>();
  expectTypeOf(fromWebStream(new Blob([]).stream())).toExtend<ItemStream<Uint8Array>>();
  expectTypeOf(fromWebStream).parameter(0).not.toBeAny();
  // @ts-expect-error what can be read by `for await` alone is none
  expect(() => fromWebStream(letters())).toThrow(TypeError);
});
