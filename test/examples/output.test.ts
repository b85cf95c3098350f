import { expect, test } from "vitest";
import { expectOutput } from "./output.ts";

const recorded = "  100 ms  done\n";

test("on the virtual clock every character counts", () => {
  const example = { id: "01-one/virtual", clock: "virtual" } as const;
  expectOutput(example, recorded, recorded);
  expect(() => expectOutput(example, "  101 ms  done\n", recorded)).toThrow("YIELDPOINT_UPDATE=1");
});

test("on the real clock times may vary, and nothing else", () => {
  const example = { id: "01-one/real", clock: "real" } as const;
  expectOutput(example, " 1101 ms  done\n", recorded);
  expect(() => expectOutput(example, "  100 ms  failed\n", recorded)).toThrow("01-one/real does not print");
  expect(() => expectOutput(example, "", recorded)).toThrow("01-one/real does not print");
});
