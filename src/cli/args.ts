import type { Arguments, Command } from "./command.ts";
import { UsageError, unknownWord } from "./errors.ts";

export interface CommandLine {
  /** The first word; undefined where there is none. */
  readonly command: string | undefined;
  /** All other words and flags. */
  readonly rest: readonly string[];
  readonly help: boolean;
  /** The course's root, for tests. */
  readonly root: string | undefined;
}

/** Takes the flags apart that every command has. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const rest: string[] = [];
  let help = false;
  let root: string | undefined;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--help" || word === "-h") {
      help = true;
    } else if (word === "--root") {
      root = argv[++index];
      if (root === undefined) throw new UsageError("--root wants a folder.");
    } else {
      rest.push(word);
    }
  }
  const at = rest.findIndex((word) => !word.startsWith("-"));
  const [command] = at === -1 ? [] : rest.splice(at, 1);
  return { command, rest, help, root };
}

/** Splits a command's words from its flags, and refuses what it does not know. */
export function parseArguments(command: Command, rest: readonly string[]): Arguments {
  const known = Object.keys(command.flags ?? {});
  const words: string[] = [];
  const flags = new Set<string>();
  for (const word of rest) {
    if (!word.startsWith("-")) {
      words.push(word);
    } else if (word.startsWith("--") && known.includes(word.slice(2))) {
      flags.add(word.slice(2));
    } else {
      throw unknownWord(
        `flag for ${command.name}`,
        word,
        [...known, "help"].map((name) => `--${name}`),
      );
    }
  }
  if (words.length > (command.maxWords ?? Infinity)) {
    throw new UsageError(`Too many words for ${command.name}: ${words.join(" ")}. ${usageLine(command)}`);
  }
  return { words, flags };
}

export function usageLine(command: Command): string {
  return `Usage: yieldpoint ${command.name}${command.usage === "" ? "" : ` ${command.usage}`}`;
}
