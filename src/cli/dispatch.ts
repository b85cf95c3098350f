import { parseArguments } from "./args.ts";
import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import { check } from "./commands/check.ts";
import { helpFor } from "./commands/help.ts";
import { hint } from "./commands/hint.ts";
import { list } from "./commands/list.ts";
import { reference } from "./commands/reference.ts";
import { run } from "./commands/run.ts";
import { start } from "./commands/start.ts";
import { sync } from "./commands/sync.ts";
import { verify } from "./commands/verify.ts";
import { UsageError, unknownWord } from "./errors.ts";
import { renderCommandHelp } from "./help.ts";
import type { CommandLine } from "./args.ts";

const help = helpFor(() => commands);
const commands: readonly Command[] = [start, list, check, hint, run, help, verify, sync, reference];

/** Runs the command that the line names, and resolves with the exit code. */
export async function dispatch(line: CommandLine, context: Context): Promise<number> {
  try {
    const name = line.command ?? "help";
    const command = commands.find((one) => one.name === name);
    if (command === undefined) {
      throw unknownWord(
        "command",
        name,
        commands.map((one) => one.name),
      );
    }
    if (line.help && line.command !== undefined) {
      context.out(renderCommandHelp(command));
      return 0;
    }
    return await command.run(context, parseArguments(command, line.rest));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.err(error.message);
    return 2;
  }
}
