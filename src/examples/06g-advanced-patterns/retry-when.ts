/**
 * Only a failure that may pass is worth another attempt.
 *
 * Clock: virtual
 * Patterns: retry, StopRetry
 */
import { retry, StopRetry } from "yieldpoint";
import { draw, say, service } from "../story.ts";

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
  }
}
const overloaded = service("overloaded", 20, { error: new HttpError(503, "Service Unavailable") });
const missing = service("missing", 20, { error: new HttpError(404, "Not Found") });
const login = service("login", 20, { value: "wrong password" });

// 503: it may work in a moment. 404: a page that is not there will not be there in 100 ms either.
const mayPass = (error: unknown) => error instanceof HttpError && error.status >= 500;

await retry(overloaded, { when: mayPass, backoff: 100 }).catch((error: unknown) =>
  say(`overloaded: ${String(error)}, calls: ${overloaded.calls}`),
);
await retry(missing, { when: mayPass, backoff: 100 }).catch((error: unknown) =>
  say(`missing: ${String(error)}, calls: ${missing.calls}`),
);

// The task itself may know best. It throws StopRetry around the real error, and that is what retry rejects
// with.
async function logIn(): Promise<void> {
  const answer = await login();
  if (answer === "wrong password") throw new StopRetry(new Error(answer));
}
await retry(logIn, { backoff: 100 }).catch((error: unknown) =>
  say(`login: ${String(error)}, calls: ${login.calls}`),
);

draw();

// There is one more question to ask: is the call safe to repeat? A payment whose answer got lost may have
// been made.
