// What may have passed when it is tried again: not a certificate, nor arguments, nor a refusal of a policy.
const PASSING =
  /^(ECONN|ENET|EHOST|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|HPE_|UND_ERR_(SOCKET|\w+_TIMEOUT)|ERR_TIMEOUT$)/;
// Browsers, Deno and Bun give no code.
const MESSAGES = /network|load failed|failed to fetch|fetch failed|sending request|offline|connection/i;

/** Whether this is a failure of the network or a deadline, which the next attempt may be spared. */
export function isNetworkError(error: unknown): boolean {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  if (typeof code === "string") return PASSING.test(code);
  // `fetch failed` says in its cause why; without a code there it was no failure of the network, a forbidden redirect, say.
  if (Object(cause) === cause) return PASSING.test(String((cause as { code?: unknown }).code));
  return error instanceof TypeError && MESSAGES.test(error.message);
}
