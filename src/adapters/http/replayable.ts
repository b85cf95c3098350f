const IN_MEMORY = /^\[object (ArrayBuffer|SharedArrayBuffer|Blob|File|FormData|URLSearchParams)\]$/;

/** Whether a request body can be sent more than once: it is all in memory, and no stream that is gone after the first time. */
export function isReplayable(body: unknown): boolean {
  return (
    Object(body) !== body || ArrayBuffer.isView(body) || IN_MEMORY.test(Object.prototype.toString.call(body))
  );
}

/**
 * The pairs of headers that may be gone once they were read, such as those of a generator: undefined for any other. What can be asked for
 * a name, Headers or a Map, has them every time.
 */
export function pairsOf(headers: unknown): unknown[] | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const isPassing = Symbol.iterator in headers && !Array.isArray(headers) && !("get" in headers);
  return isPassing ? [...(headers as Iterable<unknown>)] : undefined;
}
