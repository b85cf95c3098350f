import type { Survivor } from "../survivors.ts";

export const stream: readonly Survivor[] = [
  {
    file: "src/patterns/stream/from-web-stream.ts",
    code: "return { done: true, value: undefined };",
    mutant: "return { done: false, value: undefined };",
    reason: "Nobody looks at what return() gives",
  },
  {
    file: "src/patterns/stream/from-web-stream.ts",
    code: "return { done: true, value: undefined };",
    mutant: "return {};",
    reason: "Nobody looks at what return() gives",
  },
  {
    file: "src/patterns/stream/source.ts",
    code: "resolve(iterator?.return?.());",
    mutant: "resolve(iterator.return?.());",
    reason:
      "There is none only where the source could not be opened, and then nobody hears of how its closing fails",
  },
  {
    file: "src/patterns/stream/source.ts",
    code: "let isAsync = false;",
    mutant: "let isAsync = true;",
    reason: "It is set when the source is opened, before it is read",
  },
  {
    file: "src/patterns/stream/source.ts",
    code: "isAsked = false;",
    mutant: "isAsked = true;",
    reason: "It is over then: a plain iterable's return() is not waited for, and nothing else reads it",
  },
  {
    file: "src/patterns/stream/stream.ts",
    code: "stopped = true;",
    mutant: "stopped = false;",
    reason: "It is set again at once: between, only the sources that are being closed could be asked",
  },
  {
    file: "src/patterns/stream/stream.ts",
    code: "if (!stopped) {",
    mutant: "if (true) {",
    reason: "Closing again waits for the closing that goes on, and closes no source twice",
  },
];
