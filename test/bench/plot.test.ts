import { expect, test } from "vitest";
import { toPlot } from "../../bench/plot.ts";
import { fakeResult, figures } from "./fakes.ts";

const svg = toPlot([fakeResult(figures), fakeResult({ bare: [1], yieldpoint: [2] }, { name: "alone" })]);

/** Where the mark stands whose tooltip begins with the name. */
function at(name: string, plot = svg): number {
  return Number(new RegExp(`cx="([\\d.]+)"[^>]*><title>${name}:`).exec(plot)?.[1]);
}

test("the plot has a mark for each candidate that does all that the row asks, with its figure", () => {
  expect(svg).toContain("<title>yieldpoint: 60 ns/step, 0.60x</title>");
  expect(svg).toContain("<title>tortoise: 400 ns/step, 4.00x</title>");
  expect(svg.match(/<title>[^<]+: [^<]+ ns\/step/g)).toHaveLength(5);
});

test("marks stand on a logarithmic scale with the best peer in the middle", () => {
  const tenth = at("hare") - at("bare");
  expect(tenth).toBeGreaterThan(0);
  expect(at("tortoise") - at("hare")).toBeCloseTo(tenth * Math.log10(4), 0);
});

test("what is out of the scale stands at its edge", () => {
  const far = toPlot([fakeResult({ yieldpoint: [1], hare: [1_000], tortoise: [10_000_000] })]);
  expect(at("yieldpoint", far)).toBe(200);
  expect(at("tortoise", far)).toBe(720);
});

test("a figure of 0 stands at the edge, with nothing to spread", () => {
  const free = toPlot([fakeResult({ yieldpoint: [0], hare: [60] })]);
  expect(at("yieldpoint", free)).toBe(200);
  expect(free).not.toContain("NaN");
  expect(free).not.toContain('class="whisker"');
});

test("a row without a peer is left out", () => {
  expect(svg).toContain(">run</text>");
  expect(svg).not.toContain("alone");
});

test("the plot names the best peer and ours to it", () => {
  expect(svg).toContain(">hare, 0.60x</text>");
});

test("the plot has colours for light and for dark", () => {
  const [light, dark] = svg.split("@media (prefers-color-scheme: dark)");
  for (const part of [light, dark]) {
    expect(part).toMatch(/text \{[^}]*fill: #/);
    expect(part).toMatch(/\.paper \{ fill: #/);
  }
});

test("names are escaped", () => {
  expect(toPlot([fakeResult(figures, { name: "a<b&c" })])).toContain(">a&lt;b&amp;c</text>");
});
