/** Whether a task that was told to stop failed for that: with the abort's reason itself, or with an AbortError that stands for it. */
export function isInduced(error: unknown, reason: unknown): boolean {
  try {
    return error === reason || (error as { name?: unknown } | null | undefined)?.name === "AbortError";
  } catch {
    // Its name cannot be read.
    return false;
  }
}
