// Each function is one call against what lives on; growth.test.ts measures what such a call keeps.
import { AsyncCache, singleFlight } from "yieldpoint";

const shared = new Promise<string>(() => {});
const { signal } = new AbortController();
const short = async (): Promise<string> => "short";

const find = singleFlight(short);
const cache = new AsyncCache(short, { ttl: 0 });
export const flightOnSharedSignal = (): Promise<string> => find("a", { signal });
export const getOnSharedSignal = (): Promise<string> => cache.get("a", { signal });

const wait = singleFlight(() => shared);
const waiting = new AsyncCache(() => shared, { ttl: 0 });

export async function abandonFlight(): Promise<void> {
  const controller = new AbortController();
  const left = wait("a", controller).catch(() => {});
  controller.abort(null);
  await left;
}

export async function abandonLoad(): Promise<void> {
  const controller = new AbortController();
  const left = waiting.get("a", controller).catch(() => {});
  controller.abort(null);
  await left;
}

let stop: AbortController | undefined;
const stopping = singleFlight(() => {
  stop?.abort(null);
  return shared;
});

export async function abandonAtStart(): Promise<void> {
  stop = new AbortController();
  await stopping("a", stop).catch(() => {});
}

void wait("busy");

export async function leaveBusyFlight(): Promise<void> {
  const controller = new AbortController();
  const left = wait("busy", controller).catch(() => {});
  controller.abort(null);
  await left;
}
