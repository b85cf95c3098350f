/**
 * A circuit breaker stops calling what keeps failing, and tries it again after a while.
 *
 * Clock: virtual
 * Patterns: CircuitBreaker, CircuitOpenError, consecutive
 */
import { CircuitBreaker, CircuitOpenError, consecutive, sleep } from "yieldpoint";
import { draw, say, service, span } from "../story.ts";

// A service that is down for its first three calls. A call takes 50 ms.
const payments = service("payments", 50, {
  value: "paid",
  error: (call: number) => (call <= 3 ? new Error("connection refused") : undefined),
});

let open: ReturnType<typeof span> | undefined;
const breaker = new CircuitBreaker({
  // It opens after three failures in a row, and stays open for half a second at least.
  trip: consecutive(3),
  cooldown: 500,
  onStateChange({ from, to }) {
    say(`  breaker: ${from} -> ${to}`);
    if (to === "open") open = span("circuit open");
    else open?.end();
  },
});

// Seven customers, one after the other, 200 ms apart.
for (let customer = 1; customer <= 7; customer++) {
  try {
    say(`customer ${customer}: ${await breaker.execute(payments)}`);
  } catch (error) {
    // While it is open, the breaker refuses at once, and the service is left alone.
    if (error instanceof CircuitOpenError) {
      say(`customer ${customer}: refused, worth another try in ${Math.round(error.retryAfter)} ms`);
    } else say(`customer ${customer}: ${String(error)}`);
  }
  await sleep(200);
}

// A breaker has no timer: the first call after the cooldown makes it half-open. That call is a trial, and its
// success closes the circuit.
draw();
