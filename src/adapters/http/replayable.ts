const IN_MEMORY = /^\[object (ArrayBuffer|SharedArrayBuffer|Blob|File|FormData|URLSearchParams)\]$/;

/** Whether a request body can be sent more than once: it is all in memory, and no stream that is gone after the first time. */
export function isReplayable(body: unknown): boolean {
  return (
    Object(body) !== body || ArrayBuffer.isView(body) || IN_MEMORY.test(Object.prototype.toString.call(body))
  );
}
