import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners } from "node:events";

const inside = new AsyncLocalStorage<string>();

/** Notes which timers and abort listeners the loads leave, of those that are made while it is there. */
export interface Watch extends Disposable {
  /** Calls the function such that what is made in it, now or later, counts under this name. */
  call<T>(name: string, body: () => T): T;
  /** Lets go of the signals that nobody listens to. */
  sweep(): void;
  /** What is left, a phrase each: "1 timer of sleep". */
  left(): string[];
}

export function watchLeaks(): Watch {
  const handlesBefore = activeHandles();
  const timers = watchTimers();
  const signals = watchSignals();
  return {
    call: (name, body) => inside.run(name, body),
    sweep: signals.sweep,
    left() {
      signals.sweep();
      const found = [...counted("timer", timers.left()), ...counted("abort listener", signals.left())];
      for (const [type, count] of activeHandles()) {
        const known = type === "Timeout" ? timers.left().length : 0;
        const more = count - (handlesBefore.get(type) ?? 0) - known;
        if (more > 0) found.push(`${more} more of the handle ${type}`);
      }
      return found;
    },
    [Symbol.dispose]() {
      timers.stop();
      signals.stop();
    },
  };
}

function counted(what: string, names: readonly string[]): string[] {
  return [...new Set(names)].map((name) => {
    const count = names.filter((each) => each === name).length;
    return `${count} ${what}${count === 1 ? "" : "s"} of ${name}`;
  });
}

/** What keeps the process alive, by its kind. */
function activeHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** Timers that the loads arm by the global functions, also those that do not keep the process alive. */
function watchTimers(): { left(): string[]; stop(): void } {
  const { setTimeout, clearTimeout } = globalThis;
  const armed = new Map<unknown, string>();
  const arm = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): NodeJS.Timeout => {
    const name = inside.getStore();
    if (name === undefined) return setTimeout(callback, ms, ...args);
    const fire = (): void => {
      armed.delete(timer);
      callback(...args);
    };
    const timer = setTimeout(fire, ms);
    armed.set(timer, name);
    return timer;
  };
  const clear: typeof clearTimeout = (timer) => {
    armed.delete(timer);
    clearTimeout(timer);
  };
  Object.assign(globalThis, { setTimeout: arm, clearTimeout: clear });
  return {
    left: () => [...armed.values()],
    stop: () => void Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}

/** Signals that somebody listens to. */
function watchSignals(): { sweep(): void; left(): string[]; stop(): void } {
  const { addEventListener } = AbortSignal.prototype;
  const heard = new Map<AbortSignal, string>();
  const add = function (this: AbortSignal, ...args: Parameters<typeof addEventListener>): void {
    const name = inside.getStore();
    if (name !== undefined) heard.set(this, name);
    addEventListener.apply(this, args);
  };
  Object.assign(AbortSignal.prototype, { addEventListener: add });
  // One that has aborted calls nobody any more.
  const listeners = (signal: AbortSignal): number =>
    signal.aborted ? 0 : getEventListeners(signal, "abort").length;
  return {
    sweep() {
      for (const signal of heard.keys()) if (listeners(signal) === 0) heard.delete(signal);
    },
    left: () => [...heard].flatMap(([signal, name]) => Array.from({ length: listeners(signal) }, () => name)),
    stop: () => void Reflect.deleteProperty(AbortSignal.prototype, "addEventListener"),
  };
}
