// Each function is one call against promises that live on; growth.test.ts measures what such a call keeps.
import {
  abortable,
  any,
  background,
  gather,
  mapConcurrent,
  race,
  taskGroup,
  timeout,
  wait,
  type TaskContext,
} from "yieldpoint";

const shared = new Promise<string>(() => {});
const { signal } = new AbortController();
const short = async (): Promise<string> => "short";

export const platformRace = (): Promise<string> => Promise.race([shared, short()]);
export const raceShared = (): Promise<string> => race([() => shared, short], { signal });
export const anyShared = (): Promise<string> => any([() => shared, short], { signal });
export const timeoutOnSharedSignal = (): Promise<string> => timeout(short, 1_000, { signal });

const aborted = AbortSignal.abort(null);

export async function waitShared(): Promise<void> {
  await wait([shared, () => shared, short], { until: "first-completed", signal });
  await wait([shared], { signal: aborted }).catch(() => {});
}

export async function abortRaceOfShared(): Promise<void> {
  const controller = new AbortController();
  const stop = (): Promise<string> => {
    controller.abort(null);
    return shared;
  };
  await race([stop], controller).catch(() => {});
}

export const groupOnSharedSignal = (): Promise<string> =>
  taskGroup((group) => group.spawn(short), { signal });
export const mapOnSharedSignal = (): Promise<unknown> => mapConcurrent([1, 2], short, { signal });

/** Listens to its own signal, and never stops listening. */
const listening = async (context: TaskContext): Promise<void> => {
  context.signal.addEventListener("abort", () => {});
};

export async function readersOnSharedSignal(): Promise<void> {
  await timeout(listening, 1_000, { signal });
  await gather([listening], { signal });
  await race([listening], { signal });
  await mapConcurrent([1], (_item, _index, context) => listening(context), { signal });
  await taskGroup((group) => group.spawn(listening), { signal });
}

const busy = background({ onError: () => {} });
busy.spawn(() => shared);

export async function drainBusy(): Promise<void> {
  const controller = new AbortController();
  const waiting = busy.drain({ signal: controller.signal }).catch(() => {});
  controller.abort(null);
  await waiting;
}

export async function abortShared(): Promise<void> {
  const controller = new AbortController();
  const waiting = abortable(shared, controller.signal).catch(() => {});
  controller.abort(null);
  await waiting;
}
