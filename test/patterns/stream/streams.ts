import {
  batch,
  buffer,
  mapStream,
  merge,
  type AbortOptions,
  type ItemStream,
  type StreamSource,
} from "yieldpoint";

type Make = <T>(source: StreamSource<T>, options?: AbortOptions) => ItemStream<unknown>;

/** Each passes on what its source gives. */
export const streams: { name: string; make: Make; bound: number }[] = [
  { name: "buffer()", make: (source, { signal } = {}) => buffer(source, 3, { signal }), bound: 3 },
  { name: "buffer() of 0", make: (source, { signal } = {}) => buffer(source, 0, { signal }), bound: 0 },
  { name: "merge()", make: (source, options) => merge([source], options), bound: 1 },
  {
    name: "batch()",
    make: (source, { signal } = {}) => batch(source, { size: 1, within: 1_000, signal }),
    bound: 1,
  },
  {
    name: "mapStream()",
    make: (source, { signal } = {}) => mapStream(source, (value) => value, { concurrency: 2, signal }),
    bound: 2,
  },
  {
    name: "mapStream({ ordered: false })",
    make: (source, { signal } = {}) =>
      mapStream(source, async (value) => value, { concurrency: 2, ordered: false, signal }),
    bound: 2,
  },
];
