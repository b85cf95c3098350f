import { usageLine } from "./args.ts";
import type { Command } from "./command.ts";

/** All commands, each with its sentence. */
export function renderHelp(commands: readonly Command[]): string {
  const calls = commands.map((command) => `${command.name} ${command.usage}`.trim());
  const width = Math.max(...calls.map((call) => call.length));
  const lines = (authors: boolean): string[] =>
    commands.flatMap((command, index) =>
      (command.forAuthors ?? false) === authors
        ? [`  ${(calls[index] ?? "").padEnd(width)}  ${command.summary}`]
        : [],
    );
  return [
    "Usage: yieldpoint <command>",
    "",
    ...lines(false),
    "",
    "For those who write the course:",
    ...lines(true),
    "",
    "An id is whole (06c-running-multiple-tasks/semaphore) or any part that only one has (semaphore).",
    "Exit codes: 0 all is well, 1 something failed, 2 the command was not understood.",
  ].join("\n");
}

/** One command with its flags. */
export function renderCommandHelp(command: Command): string {
  const flags = Object.entries(command.flags ?? {});
  const width = Math.max(0, ...flags.map(([name]) => name.length));
  const lines = flags.map(([name, summary]) => `  --${name.padEnd(width)}  ${summary}`);
  return [usageLine(command), "", command.summary, ...(lines.length > 0 ? ["", ...lines] : [])].join("\n");
}
