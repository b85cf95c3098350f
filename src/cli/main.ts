import { constants } from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { chooseStyle } from "../course/render/style.ts";
import { type CommandLine, parseCommandLine } from "./args.ts";
import { createContext } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { UsageError } from "./errors.ts";

/** How long what still runs may take to close, in milliseconds. */
const grace = 2000;

await main();

async function main(): Promise<void> {
  const line = readCommandLine();
  const { stdin, stdout, stderr, env } = process;
  const context = createContext({
    root: path.resolve(line.root ?? fileURLToPath(new URL("../..", import.meta.url))),
    style: chooseStyle(stdout.isTTY, env),
    stdin,
    stdout,
    stderr,
    // Loaded on first use: Vitest takes a second.
    createRunner: async (options) => (await import("../course/runner/index.ts")).createRunner(options),
  });
  let ending = false;
  const end = async (code: number): Promise<void> => {
    // A signal makes the command end as well: the first code stands.
    if (ending) return;
    ending = true;
    const late = new Promise((resolve) => setTimeout(resolve, grace));
    await Promise.race([context.close(), late]);
    await new Promise((resolve) => stdout.write("", resolve));
    process.exit(code);
  };
  // A reader that has seen enough (`| head`) is no error.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      void end(0);
    });
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void end(128 + constants.signals[signal]));
  }
  try {
    await end(await dispatch(line, context));
  } catch (error) {
    context.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    await end(1);
  }
}

function readCommandLine(): CommandLine {
  try {
    return parseCommandLine(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(2);
  }
}
