import { describe, expect, test } from "vitest";
import { bestPeer, judge, standings } from "../../bench/results.ts";
import { fakeResult, figures } from "./fakes.ts";

describe("the best peer", () => {
  test("is the one with the least median, bare work, ours and those that do less left out", () => {
    expect(bestPeer(fakeResult(figures))).toBe("hare");
  });

  test("is nobody where no peer gave a figure", () => {
    expect(bestPeer(fakeResult({ bare: [1], yieldpoint: [2] }))).toBeUndefined();
  });
});

describe("standings", () => {
  test("go from the best to the worst", () => {
    expect(standings(fakeResult(figures)).map(({ candidate }) => candidate.name)).toEqual([
      "bare",
      "cheat",
      "yieldpoint",
      "hare",
      "tortoise",
      "yieldpoint, signal read",
    ]);
  });

  test("have ratios of medians to the best peer and to the bare work", () => {
    const own = standings(fakeResult(figures)).find(({ candidate }) => candidate.name === "yieldpoint");
    expect(own).toMatchObject({ toBest: 0.6, toBare: 6 });
  });

  test("have no ratio to what is missing", () => {
    const [own] = standings(fakeResult({ yieldpoint: [60] }));
    expect(own).toMatchObject({ toBest: NaN, toBare: NaN });
  });
});

describe("a goal", () => {
  test("of a ratio is judged against the best peer", () => {
    const [judgement] = judge(fakeResult(figures, { goals: [{ ratio: 0.6 }] }));
    expect(judgement).toMatchObject({
      candidate: "yieldpoint",
      median: 60,
      against: { name: "hare", median: 100 },
      measured: 0.6,
      limit: 0.6,
      met: true,
    });
  });

  test("of a ratio is missed by what is over it", () => {
    const [judgement] = judge(fakeResult(figures, { goals: [{ ratio: 0.59 }] }));
    expect(judgement).toMatchObject({ measured: 0.6, met: false });
  });

  test("may name the peer, and the one of ours", () => {
    const goals = [{ candidate: "yieldpoint, signal read", ratio: 6, against: "tortoise" }];
    const [judgement] = judge(fakeResult(figures, { goals }));
    expect(judgement).toMatchObject({ against: { name: "tortoise" }, measured: 5.25, met: true });
  });

  test("of a figure is judged by itself", () => {
    const judgements = judge(fakeResult(figures, { goals: [{ value: 60 }, { value: 59 }] }));
    expect(judgements).toMatchObject([
      { against: undefined, measured: 60, limit: 60, met: true },
      { against: undefined, measured: 60, limit: 59, met: false },
    ]);
  });

  test("is not judged without both figures", () => {
    const goals = [{ ratio: 0.6 }, { ratio: 0.6, against: "hare" }];
    expect(judge(fakeResult({ bare: [1], yieldpoint: [2] }, { goals }))).toEqual([]);
    expect(judge(fakeResult({ hare: [1] }, { goals }))).toEqual([]);
  });
});
