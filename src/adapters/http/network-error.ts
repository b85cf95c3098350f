// What may have passed when it is tried again: not a certificate, nor arguments, nor a refusal of a policy.
const PASSING =
  /^(ECONN|ENET|EHOST|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|HPE_|HTTPParserError|UND_ERR_(SOCKET|\w+_TIMEOUT)|ERR_TIMEOUT$)/;
// Browsers, Deno and Bun give no code.
const MESSAGES = /network|load failed|failed to fetch|fetch failed|sending request|offline|connection/i;

/** Whether this is a failure of the network or a deadline, which the next attempt may be spared. */
export function isNetworkError(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  const code = codeOf(error);
  if (code !== undefined) return PASSING.test(code);
  // `fetch failed` says in its cause why; without a code there it was no failure of the network, a forbidden redirect, say.
  if (Object(cause) === cause) return PASSING.test(codeOf(cause) ?? "");
  return error instanceof TypeError && MESSAGES.test(error.message);
}

function codeOf(error: unknown): string | undefined {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (typeof code === "string") return code;
  // Undici 7 forgets the code of what its parser refuses.
  return name === "HTTPParserError" ? name : undefined;
}
