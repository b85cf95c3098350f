import path from "node:path";
import { expect, test } from "vitest";
import { select } from "./selection.ts";

const root = path.join(import.meta.dirname, "..", "..");

test("all rows are mutated when none is named", () => {
  const names = select(root, []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["combine", "limit", "stream", "sync", "time"]));
  expect(new Set(names).size).toBe(names.length);
});

test("a row is mutated as a whole", () => {
  const [row, ...others] = select(root, ["time"]);
  expect(others).toStrictEqual([]);
  expect(row?.name).toBe("time");
  expect(row?.files).toEqual(
    expect.arrayContaining(["src/patterns/time/sleep.ts", "src/patterns/time/shield.ts"]),
  );
});

test("files are mutated in their row, however they are written", () => {
  const sleep = path.join("src", "patterns", "time", "sleep.ts");
  const names = ["./src/patterns/sync/line.ts", sleep, path.join(root, sleep), "src/patterns/time/shield.ts"];
  expect(select(root, names)).toStrictEqual([
    { name: "sync", files: ["src/patterns/sync/line.ts"] },
    { name: "time", files: ["src/patterns/time/sleep.ts", "src/patterns/time/shield.ts"] },
  ]);
});

test("what is neither a row nor a file of one is refused", () => {
  for (const name of ["times", "src/index.ts", "src/patterns/time/none.ts"]) {
    expect(() => select(root, [name])).toThrow(`mutate: ${name} is neither a row (`);
  }
});
