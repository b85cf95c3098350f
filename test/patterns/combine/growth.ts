// Each function is one call against promises that live on; growth.test.ts measures what such a call keeps.
import { abortable, any, race, timeout } from "yieldpoint";

const shared = new Promise<string>(() => {});
const { signal } = new AbortController();
const short = async (): Promise<string> => "short";

export const platformRace = (): Promise<string> => Promise.race([shared, short()]);
export const raceShared = (): Promise<string> => race([() => shared, short], { signal });
export const anyShared = (): Promise<string> => any([() => shared, short], { signal });
export const timeoutOnSharedSignal = (): Promise<string> => timeout(short, 1_000, { signal });

export async function abortShared(): Promise<void> {
  const controller = new AbortController();
  const waiting = abortable(shared, controller.signal).catch(() => {});
  controller.abort(null);
  await waiting;
}
