import { createHook, executionAsyncId } from "node:async_hooks";
import { captureTrace, framesOf, isToolFrame, type Frame, type Trace } from "./callsite.ts";
import { blame, operations, timerInternals } from "./real-io.ts";

/** What is made for other things as well, by Node itself; it counts where user code or a package asked for it. */
const direct = new Map([
  ["Timeout", "a timer"],
  ["Immediate", "an immediate"],
  ["MESSAGEPORT", "a message port"],
]);
const handles = new Map([
  ...operations,
  ["TCPWRAP", "a TCP connection"],
  ["PIPEWRAP", "a connection to a pipe or Unix socket"],
  ["UDPWRAP", "a UDP socket"],
  ["STATWATCHER", "a file watcher"],
  ...direct,
]);
// Those end only when they are collected.
handles.delete("ZLIB");

/** Something that is active: a timer, a handle or an operation. */
export interface Active {
  readonly kind: string;
  readonly isTimer: boolean;
  /** `file:line` of the user code that made it, where one was on the stack. */
  readonly at: string | undefined;
}

export interface ActiveWatch {
  left(): Active[];
  stop(): void;
}

interface Origin {
  readonly own: Trace;
  /** Where that was made in which this was made, and so on: Node makes much in turns of its own. */
  readonly makers: readonly Trace[];
}

const generations = 3;

/** Watches what real timers and handles are made, and which of them end. */
export function watchActive(isWatched: () => boolean): ActiveWatch {
  const origins = new Map<number, Origin>();
  const live = new Map<number, () => Active[]>();
  function init(id: number, type: string): void {
    if (type === "PROMISE" || !isWatched()) return;
    const maker = origins.get(executionAsyncId());
    const makers = maker === undefined ? [] : [maker.own, ...maker.makers].slice(0, generations);
    const origin = { own: captureTrace(init), makers };
    origins.set(id, origin);
    const kind = handles.get(type);
    if (kind !== undefined) live.set(id, () => describe(type, kind, origin));
  }
  function destroy(id: number): void {
    origins.delete(id);
    live.delete(id);
  }
  const hook = createHook({ init, destroy });
  hook.enable();
  return {
    left: () => [...live.values()].flatMap((each) => each()),
    stop: () => void hook.disable(),
  };
}

function describe(type: string, kind: string, { own, makers }: Origin): Active[] {
  const frames = framesOf(own.stack);
  if (direct.has(type) && !isDirect(frames)) return [];
  const at = [frames, ...makers.map(({ stack }) => framesOf(stack))]
    .map(blame)
    .find((place) => place !== undefined);
  return at === "foreign" ? [] : [{ kind, isTimer: type === "Timeout" || type === "Immediate", at }];
}

function isDirect(frames: readonly Frame[]): boolean {
  const maker = frames.find(({ file }) => !timerInternals.test(file));
  return maker === undefined || !(maker.file.startsWith("node:") || isToolFrame(maker));
}
