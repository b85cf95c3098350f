const SECONDS = /^\d+$/;
// Date.parse would read much else, "-5" as a day in May 2001.
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * Reads a Retry-After header: seconds, or an HTTP date in any of its three forms.
 *
 * @returns milliseconds from now, undefined for what cannot be read and for a date that has passed
 */
export function parseRetryAfter(header: string | null): number | undefined {
  const text = header?.trim() ?? "";
  if (SECONDS.test(text)) return Number(text) * 1_000;
  if (!DATE.test(text)) return undefined;
  // One of the three names no zone, and is in GMT as well.
  const wait = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) - Date.now();
  return wait >= 0 ? wait : undefined;
}
