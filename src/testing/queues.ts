import type { TimerQueue } from "./timer-queue.ts";

/** The queue of each virtual clock: what the recorder needs of a clock and users have no use for. */
export const queues: WeakMap<object, TimerQueue> = new WeakMap<object, TimerQueue>();
