/** One piece of recorded work: from when to when it ran, and how it ended. */
export interface Span {
  /** What ran. Spans of one name share a lane in the drawing. */
  readonly name: string;
  /** Milliseconds since the timeline began. */
  readonly start: number;
  /** Milliseconds since the timeline began; `undefined` while the work runs. */
  readonly end: number | undefined;
  /** `pending` while the work runs. */
  readonly outcome: "ok" | "failed" | "aborted" | "pending";
}

/** What ran when. */
export interface Timeline {
  readonly spans: readonly Span[];
  /** Milliseconds from the beginning to the last thing that happened. */
  readonly end: number;
}

/** The spans by name, in the order of their start, and the names in the order of their first start. */
export function byName(spans: readonly Span[]): Map<string, Span[]> {
  // Stable: those that start together keep the order in which they were recorded.
  const ordered = [...spans];
  ordered.sort((a, b) => a.start - b.start);
  const groups = new Map<string, Span[]>();
  for (const span of ordered) {
    const group = groups.get(span.name);
    if (group === undefined) groups.set(span.name, [span]);
    else group.push(span);
  }
  return groups;
}
