/** Whether a task that was told to stop failed for that: with the abort's reason itself, or with an AbortError that stands for it. */
export function isInduced(error: unknown, reason: unknown): boolean {
  try {
    return error === reason || (error as Error).name === "AbortError";
  } catch {
    // It has no name, or none that can be read.
    return false;
  }
}
