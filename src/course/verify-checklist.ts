export interface Check {
  /** The id of the exercise, the example or the chapter. */
  readonly subject: string;
  readonly ok: boolean;
  /** What holds; or what does not, and how to mend it. */
  readonly message: string;
}

/** Collects checks. */
export class Checklist {
  readonly checks: Check[] = [];

  /** Records one check: `holds` if nothing is wrong, else each complaint as a failure of its own. */
  add(subject: string, holds: string, complaints: readonly string[]): void {
    if (complaints.length === 0) this.checks.push({ subject, ok: true, message: holds });
    for (const message of complaints) this.checks.push({ subject, ok: false, message });
  }
}
