import { describe, expect, test } from "vitest";
import { goalTable, rowTable, toReport, type Run } from "../../bench/report.ts";
import { fakeResult, figures } from "./fakes.ts";

describe("the table of a row", () => {
  test("has the unit, the spread, both ratios and the notes", () => {
    const { columns, lines } = rowTable(fakeResult(figures));
    expect(columns.map(({ name }) => name)).toEqual([
      "candidate",
      "ns/step",
      "min to max",
      "to best peer",
      "to bare",
      "note",
    ]);
    expect(lines).toEqual([
      ["bare", "10", "9 to 12", "0.10x", "1.00x", ""],
      ["cheat", "30", "20 to 40", "0.30x", "3.00x", "not compared with"],
      ["yieldpoint", "60", "55 to 70", "0.60x", "6.00x", ""],
      ["hare", "100", "90 to 130", "1.00x", "10.0x", ""],
      ["tortoise", "400", "400 to 500", "4.00x", "40.0x", "steady"],
      ["yieldpoint, signal read", "2,100", "2,000 to 2,300", "21.0x", "210x", ""],
    ]);
  });

  test("says why a candidate has no figure", () => {
    const { lines } = rowTable(fakeResult({ bare: [1] }, {}, { hare: "it fell asleep" }));
    expect(lines.at(-1)).toEqual(["hare", "", "", "", "", "failed: it fell asleep"]);
  });
});

describe("the table of goals", () => {
  const goals = [{ ratio: 0.7 }, { ratio: 0.5 }, { value: 60 }, { value: 45 }];

  test("says whether each is met, and by how much it is missed", () => {
    expect(goalTable([fakeResult(figures, { goals })]).lines).toEqual([
      ["run", "yieldpoint", "0.70x hare", "0.60x (60 to 100 ns/step)", "yes"],
      ["run", "yieldpoint", "0.50x hare", "0.60x (60 to 100 ns/step)", "no, 20 % over"],
      ["run", "yieldpoint", "60 ns/step", "60 ns/step", "yes"],
      ["run", "yieldpoint", "45 ns/step", "60 ns/step", "no, 15 ns/step over"],
    ]);
  });

  test("never calls a goal missed by 0 %", () => {
    const [line] = goalTable([fakeResult(figures, { goals: [{ ratio: 0.5999 }] })]).lines;
    expect(line?.at(-1)).toBe("no, 1 % over");
  });

  test("lists a goal for which a figure is missing", () => {
    expect(goalTable([fakeResult({ hare: [1] }, { goals: [{ ratio: 0.7 }] })]).lines).toEqual([
      ["run", "yieldpoint", "", "", "not measured"],
    ]);
  });
});

describe("the report", () => {
  const run: Run = {
    node: "v20.19.0",
    machine: "2 cores of a processor",
    date: "2026-01-02",
    rounds: 5,
    versions: { yieldpoint: "0.1.0", hare: "1.2.3" },
    results: [fakeResult(figures, { goals: [{ ratio: 0.5, tried: "running faster" }] })],
    skipped: ["walk: no walk is exported yet"],
  };

  test("names the conditions, the versions, the goals, each row, and what was not measured", () => {
    const report = toReport(run);
    for (const text of [
      "- 2026-01-02, node v20.19.0, 2 cores of a processor, 5 rounds\n",
      "- yieldpoint 0.1.0, hare 1.2.3\n",
      "(results.svg)",
      "| run | yieldpoint | 0.50x hare | 0.60x (60 to 100 ns/step) | no, 20 % over |",
      "- `run`, yieldpoint: running faster\n",
      "Not measured:\n\n- walk: no walk is exported yet\n",
      "### run\n\na run, ns/step\n",
      "| hare | 100 | 90 to 130 | 1.00x | 10.0x |  |",
    ]) {
      expect(report).toContain(text);
    }
  });

  test("tells of a row that is measured several times a round", () => {
    const report = toReport({ ...run, results: [fakeResult(figures, { perRound: 3 })] });
    expect(report).toContain("### run\n\na run, ns/step, 3 times a round\n");
  });

  test("says nothing of what was tried for a goal that is met, nor of rows when none is skipped", () => {
    const results = [fakeResult(figures, { goals: [{ ratio: 0.7, tried: "running faster" }] })];
    const report = toReport({ ...run, results, skipped: [] });
    expect(report).toContain("| yes |");
    expect(report).not.toContain("running faster");
    expect(report).not.toContain("Not measured");
  });
});
