import { CircuitOpenError, QueueClosedError, QueueFullError, RateLimitError, TimeoutError } from "yieldpoint";
import { expect, test } from "vitest";

test.each([
  [new TimeoutError(5), "TimeoutError", "ERR_TIMEOUT", "the task was not over after 5 ms"],
  [new QueueClosedError("closed"), "QueueClosedError", "ERR_QUEUE_CLOSED", "closed"],
  [new QueueFullError("full"), "QueueFullError", "ERR_QUEUE_FULL", "full"],
  [new RateLimitError("too fast", 100), "RateLimitError", "ERR_RATE_LIMITED", "too fast"],
  [new CircuitOpenError("open", 100), "CircuitOpenError", "ERR_CIRCUIT_OPEN", "open"],
])("%s has its class's name, a stable code and a stack that shows both", (error, name, code, message) => {
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
  expect(error.code).toBe(code);
  expect(error.message).toBe(message);
  expect(String(error)).toBe(`${name}: ${message}`);
  expect(error.stack).toContain(`${name}: ${message}`);
});

test("TimeoutError says how long was waited, CircuitOpenError and RateLimitError how long to wait", () => {
  expect(new TimeoutError(5).ms).toBe(5);
  expect(new CircuitOpenError("open", 100).retryAfter).toBe(100);
  expect(new RateLimitError("too fast", 200).retryAfter).toBe(200);
});
