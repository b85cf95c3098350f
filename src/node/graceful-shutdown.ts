/// <reference lib="esnext.disposable" preserve="true" />
import { constants } from "node:os";
import { isatty } from "node:tty";
import { timeout, type Task, type TaskContext } from "yieldpoint";
import { check, checkFunction, checkNumber } from "../patterns/core/check.ts";
import { notify } from "../patterns/core/notify.ts";
import { ServerDrain, type DrainableServer } from "./server-drain.ts";

/** Milliseconds that a server may take to close once its connections are destroyed. */
const closingTime = 100;
/** Milliseconds within which a second SIGINT at a terminal comes from the same keypress. */
const echoTime = 100;

/** Something to be done after the servers are drained. */
export interface ShutdownStep {
  /** What it is called where its failure is told. */
  readonly name: string;
  /** Its `signal` aborts at the deadline, and when a second signal forces the end. */
  readonly run: Task<unknown>;
}

/** What went wrong during a shutdown. */
export interface ShutdownFailure {
  /** The name of the step; `"server"` for what was going on before the steps. */
  readonly name: string;
  readonly error: unknown;
}

/** How a shutdown ended. */
export interface ShutdownOutcome {
  /** What it began with: the name of the signal, or what was given to `start`. */
  readonly reason: unknown;
  /** What `exit` is called with: 0 when all went well, 1 after a failure or the deadline, 128 and the signal's number when forced. */
  readonly code: number;
  readonly failures: readonly ShutdownFailure[];
}

/** What is shut down, and how. */
export interface GracefulShutdownOptions {
  /** The server, or several, to be drained first. Default: none. */
  readonly server?: DrainableServer | readonly DrainableServer[] | undefined;
  /** What is done then, one after the other, also when one fails. Default: nothing. */
  readonly steps?: readonly ShutdownStep[] | undefined;
  /** The signals of the operating system that begin it. Default: SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** How long all of it may take, in milliseconds. Default: 10,000. */
  readonly deadline?: number | undefined;
  /**
   * How long the servers may take of that, in milliseconds. Then their connections are destroyed, which counts as a failure, and the steps
   * begin. Default: Infinity, which leaves it to the deadline.
   */
  readonly drain?: number | undefined;
  /**
   * How long a connection of HTTP/1 on which nothing is asked stays open while the server drains, in milliseconds. A client that uses it
   * all the time is told to leave it by the next answer, and loses no request. Default: 200.
   */
  readonly linger?: number | undefined;
  /** Told of each failure; what it throws, or its promise rejects with, is ignored. Default: it is printed to stderr. */
  readonly onError?: ((failure: ShutdownFailure) => unknown) | undefined;
  /** Ends the process. Default: `process.exit`. */
  readonly exit?: ((code: number) => void) | undefined;
}

/** A shutdown that waits for its signal. Disposing of it takes the listeners off, so that signals do again what they did before. */
export interface GracefulShutdown extends Disposable {
  /**
   * Aborts when the shutdown begins, with what it begins with as its reason: for what never ends by itself, such as WebSockets, event
   * streams and loops in the background, and for a health endpoint.
   */
  readonly signal: AbortSignal;
  /** Resolves when the shutdown is over, one turn before `exit` is called; it never rejects. */
  readonly outcome: Promise<ShutdownOutcome>;
  /** Begins by code, as the first signal would; does nothing more where it has begun. */
  readonly start: (reason?: unknown) => Promise<ShutdownOutcome>;
}

/**
 * Ends a process in order when it is told to: the server answers what it was asked, then each step is run, then the process exits.
 *
 * The server accepts no more connections. Requests in flight are answered, with `Connection: close` where the headers are not
 * sent yet; so are those that still come on connections that were kept alive. Such a connection is closed once it was quiet for
 * `linger`. Sessions of HTTP/2 are told to go away, and end with their last stream. What has switched to another protocol, such as a WebSocket,
 * is waited for; `signal` tells its owner. So is a connection that was handed to the server by `server.emit("connection", socket)`, whether
 * the server listens or not. Then the steps run in order, and one that fails stops no other.
 *
 * At the deadline all connections are destroyed, the signal of the step that runs aborts, later steps are not run, and the exit code is 1:
 * where the steps must be run whatever a slow client does, set `drain`. A second signal does the same at once, with the code 128 and the
 * signal's number. One keypress at a terminal may send SIGINT twice, since npm passes on what the terminal has sent to all; so
 * at a terminal, a SIGINT within 100 ms of the first is no second one.
 *
 * Call it before the server listens: it knows only of connections that it saw begin.
 *
 * @param options see GracefulShutdownOptions
 * @returns the handle: `start(reason)`, `outcome`, `signal`; disposing of it uninstalls it
 * @throws TypeError or RangeError for a `server` that is none, steps that are no list of names with functions, signals that are no list
 * of names, a `deadline`, `drain` or `linger` that is no number >= 0, or a callback that is no function
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { once } from "node:events";
 * import { createServer } from "node:http";
 * import { gracefulShutdown } from "yieldpoint/node";
 *
 * const done: string[] = [];
 * const server = createServer((_request, response) => response.end("hello"));
 * const shutdown = gracefulShutdown({
 *   server,
 *   steps: [{ name: "database", run: () => done.push("database") }],
 *   exit: (code) => done.push(`exit ${code}`), // without it, the process ends here
 * });
 * await once(server.listen(0, "127.0.0.1"), "listening");
 *
 * const { failures } = await shutdown.start("a signal does the same");
 * assert.deepEqual(failures, []);
 * assert.equal(server.listening, false);
 * await new Promise((resolve) => setImmediate(resolve));
 * assert.deepEqual(done, ["database", "exit 0"]);
 * ```
 */
export function gracefulShutdown(options: GracefulShutdownOptions = {}): GracefulShutdown {
  const { server = [], steps = [], signals = ["SIGINT", "SIGTERM"] } = options;
  const { deadline = 10_000, drain = Infinity, linger = 200 } = options;
  const { onError = print, exit = (code) => process.exit(code) } = options;
  const servers = [server].flat();
  for (const each of servers) checkServer(each);
  check(Array.isArray(steps), "gracefulShutdown: steps", "an array", steps);
  for (const step of steps) {
    const { name, run } = Object(step) as Partial<ShutdownStep>;
    check(typeof name === "string", "gracefulShutdown: a step's name", "a string", name);
    checkFunction(`gracefulShutdown: run of step ${JSON.stringify(name)}`, run);
  }
  check(Array.isArray(signals), "gracefulShutdown: signals", "an array", signals);
  for (const signal of signals) {
    // These two end the process whoever listens.
    const ok = /^SIG(?!KILL$|STOP$)[A-Z0-9]+$/.test(signal);
    check(ok, "gracefulShutdown: a signal", "the name of one that can be listened to", signal);
  }
  checkNumber("gracefulShutdown: deadline", deadline, 0);
  checkNumber("gracefulShutdown: drain", drain, 0);
  checkNumber("gracefulShutdown: linger", linger, 0);
  checkFunction("gracefulShutdown: onError", onError);
  checkFunction("gracefulShutdown: exit", exit);

  const begun = new AbortController();
  const forced = new AbortController();
  const failures: ShutdownFailure[] = [];
  const drains = servers.map((each) => new ServerDrain(each, linger));
  let settle!: (outcome: ShutdownOutcome | Promise<ShutdownOutcome>) => void;
  const outcome = new Promise<ShutdownOutcome>((resolve) => (settle = resolve));
  let place = "server";
  let forcedCode = 0;

  const fail = (name: string, error: unknown): void => {
    const failure = { name, error };
    failures.push(failure);
    notify(onError, failure);
  };
  const destroy = (): void => {
    for (const each of drains) each.destroy();
  };
  const run = async (context: TaskContext): Promise<void> => {
    const drained = Promise.all(
      drains.map((each) => each.drain().catch((error: unknown) => fail(place, error))),
    );
    await timeout(() => drained, drain, { signal: context.signal }).catch(async (error: unknown) => {
      if (context.signal.aborted) return;
      fail(place, error);
      destroy();
      // The steps go first where a server does not notice, because it has connections that nobody here knows of.
      await timeout(() => drained, closingTime, { fallback: () => {} });
    });
    for (const step of steps) {
      if (context.signal.aborted) return;
      place = step.name;
      try {
        await step.run(context);
      } catch (error) {
        if (!context.signal.aborted) fail(place, error);
      }
    }
  };
  const shutDown = async (reason: unknown): Promise<ShutdownOutcome> => {
    begun.abort(reason);
    try {
      await timeout(run, deadline, { signal: forced.signal });
    } catch (error) {
      if (!forced.signal.aborted) fail(place, error);
    }
    destroy();
    uninstall();
    const code = forcedCode || Number(failures.length > 0);
    setImmediate(() => exit(code));
    return { reason, code, failures };
  };
  const start = (reason?: unknown): Promise<ShutdownOutcome> => {
    if (!begun.signal.aborted) settle(shutDown(reason));
    return outcome;
  };

  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!first) {
      first = { signal, at: performance.now() };
      void start(signal);
    } else if (!isEcho(signal, first)) {
      forcedCode = 128 + constants.signals[signal];
      forced.abort();
    }
  };
  const ignoreSignals = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const uninstall = (): void => {
    ignoreSignals();
    for (const each of drains) each.uninstall();
  };
  // Each once: who listens twice is told twice.
  for (const signal of new Set(signals)) process.on(signal, onSignal);

  return {
    signal: begun.signal,
    outcome,
    start,
    [Symbol.dispose]() {
      // One that has begun still needs to see what its servers do.
      if (begun.signal.aborted) ignoreSignals();
      else uninstall();
    },
  };
}

/** Whether a signal is not a second one, but the first told twice: by the terminal to all its processes, and by npm to its child. */
function isEcho(
  signal: NodeJS.Signals,
  first: { readonly signal: NodeJS.Signals; readonly at: number },
): boolean {
  return (
    signal === "SIGINT" && first.signal === signal && isatty(0) && performance.now() - first.at < echoTime
  );
}

function print({ name, error }: ShutdownFailure): void {
  console.error(`gracefulShutdown: ${name} failed:`, error);
}

function checkServer(server: DrainableServer): void {
  const { close, emit } = Object(server) as Partial<DrainableServer>;
  const ok = typeof close === "function" && typeof emit === "function";
  check(ok, "gracefulShutdown: server", "a server", server);
}
