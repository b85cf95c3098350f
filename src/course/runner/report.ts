/** What a worker tells the runner through its own pipe, one JSON value a line: it outlives the worker. */
export type WorkerReport =
  | { readonly type: "test-started"; readonly id: string }
  | { readonly type: "test-ended"; readonly id: string; readonly failed: boolean; readonly message?: string }
  | { readonly type: "stopped"; readonly kind: "endless-loop" | "load-error"; readonly message: string };

/** Names the pipe's file descriptor to the worker; absent in plain Vitest, which gets the sentence on stderr. */
export const reportVariable = "YIELDPOINT_REPORT_FD";
