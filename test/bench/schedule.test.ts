import { describe, expect, test } from "vitest";
import { order, select } from "../../bench/schedule.ts";
import { fakeRow } from "./fakes.ts";

const rows = [fakeRow({ name: "walk" }), fakeRow({ name: "run", short: true }), fakeRow({ name: "run-far" })];

describe("select", () => {
  const names = (...options: Parameters<typeof select>): string[] =>
    select(...options).map(({ name }) => name);

  test("takes every row by default", () => {
    expect(names(rows, { short: false, rows: undefined })).toEqual(["walk", "run", "run-far"]);
  });

  test("takes the rows whose names contain what is asked for", () => {
    expect(names(rows, { short: false, rows: "run" })).toEqual(["run", "run-far"]);
  });

  test("takes the few for a short run, or those asked for", () => {
    expect(names(rows, { short: true, rows: undefined })).toEqual(["run"]);
    expect(names(rows, { short: true, rows: "walk" })).toEqual(["walk"]);
  });

  test("leaves the slow candidates out of a short run only", () => {
    const candidates = (short: boolean): string[] =>
      select(rows, { short, rows: "walk" }).flatMap((row) => row.candidates.map(({ name }) => name));
    expect(candidates(false)).toContain("tortoise");
    expect(candidates(true)).not.toContain("tortoise");
    expect(candidates(true)).toContain("hare");
  });

  test("takes a row once in a short run, whatever it asks", () => {
    const often = [fakeRow({ perRound: 3 })];
    const times = (short: boolean): unknown => select(often, { short, rows: "run" })[0]?.perRound;
    expect([times(true), times(false)]).toEqual([1, 3]);
  });

  test("names the rows when none fits", () => {
    expect(() => select(rows, { short: false, rows: "swim" })).toThrow(
      new Error("bench: no row is named swim; there are walk, run, run-far"),
    );
  });
});

describe("order", () => {
  const jobs = order(rows, Math.random);

  test("measures each candidate once a round, and the bare work before and after", () => {
    for (const row of rows) {
      const names = jobs.filter((job) => job.row === row).map(({ candidate }) => candidate.name);
      expect(names.at(0)).toBe("bare");
      expect(names.at(-1)).toBe("bare");
      expect(names).toHaveLength(7);
      expect(new Set(names.slice(1, -1))).toEqual(
        new Set(["yieldpoint", "yieldpoint, signal read", "tortoise", "hare", "cheat"]),
      );
    }
  });

  test("measures a row as many times as it asks, each time in an order of its own", () => {
    let key = 0;
    const twice = order([fakeRow({ perRound: 2 })], () => (key < 6 ? key++ : (key -= 0.01)));
    const names = twice.map(({ candidate }) => candidate.name);
    expect(names.slice(0, 7)).not.toEqual(names.slice(7));
    expect(new Set(names.slice(0, 7))).toEqual(new Set(names.slice(7)));
    expect(names.slice(6, 8)).toEqual(["bare", "bare"]);
    expect(names).toHaveLength(14);
  });

  test("keeps a row together", () => {
    const changes = jobs.filter((job, i) => job.row !== jobs[i - 1]?.row);
    expect(changes).toHaveLength(rows.length);
  });

  test("shuffles rows and candidates", () => {
    let key = 1;
    const backwards = order(rows, () => (key -= 0.01));
    expect([...new Set(backwards.map(({ row }) => row.name))]).toEqual(["run-far", "run", "walk"]);
    expect(backwards.slice(1, 6).map(({ candidate }) => candidate.name)).toEqual([
      "cheat",
      "hare",
      "tortoise",
      "yieldpoint, signal read",
      "yieldpoint",
    ]);
  });
});
