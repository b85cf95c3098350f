export { compareTimelines } from "../timeline/compare.ts";
export { drawComparison, drawTimeline, type DrawOptions } from "../timeline/draw.ts";
export type { Span, Timeline } from "../timeline/model.ts";
export { ensure } from "./ensure.ts";
export { FactError, FrozenClockError, RealIOError, StuckError, TimerLimitError } from "./errors.ts";
export { expectTimeline, type ExpectedSpan, type ExpectedTimeline } from "./expectation.ts";
export {
  interleavings,
  type Explored,
  type Interleaving,
  type InterleavingsOptions,
} from "./interleavings.ts";
export { leakCheck, type LeakCheckOptions } from "./leak-check.ts";
export { observe, type Observed } from "./observe.ts";
export { outcome, show } from "./outcome.ts";
export { recordTimeline, type MakeService, type OpenSpan, type Recorder } from "./recorder.ts";
export { scenario, type Scenario, type ScenarioOptions } from "./scenario.ts";
export type { Service, ServiceOptions } from "./service.ts";
export type { PendingTimer } from "./timer-queue.ts";
export { virtualTime, type VirtualClock, type VirtualTimeOptions } from "./virtual-time.ts";
