export type { HttpAnswer } from "./answer.ts";
export type { PerOrigin, ResilienceOptions } from "./options.ts";
export { resilience, type Interceptor } from "./resilience.ts";
export { resilientFetch, type AnyFetch, type ResilientFetchOptions } from "./resilient-fetch.ts";
