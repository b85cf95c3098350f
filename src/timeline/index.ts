export { compareTimelines } from "./compare.ts";
export { drawComparison, drawTimeline, type DrawOptions } from "./draw.ts";
export type { Span, Timeline } from "./model.ts";
