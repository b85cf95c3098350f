import { resilientFetch, type ResilientFetchOptions } from "yieldpoint/http";

/** A resilient fetch around one that is faked. */
export function faked(
  fetch: (init: RequestInit | undefined) => Promise<Response>,
  options: ResilientFetchOptions = {},
): typeof globalThis.fetch {
  return resilientFetch({ backoff: 1, ...options, fetch: (_, init) => fetch(init) });
}
