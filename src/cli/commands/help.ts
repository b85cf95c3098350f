import { renderCommandHelp, renderHelp } from "../help.ts";
import { unknownWord } from "../errors.ts";
import type { Command } from "../command.ts";

/** The command that describes the others. */
export function helpFor(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    usage: "[command]",
    summary: "Shows all commands, or one.",
    maxWords: 1,
    run(context, { words: [name] }) {
      const all = commands();
      const command = all.find((one) => one.name === name);
      if (name !== undefined && command === undefined) {
        throw unknownWord(
          "command",
          name,
          all.map((one) => one.name),
        );
      }
      context.out(command === undefined ? renderHelp(all) : renderCommandHelp(command));
      return Promise.resolve(0);
    },
  };
}
