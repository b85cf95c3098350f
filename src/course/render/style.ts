import { styleText } from "node:util";

type Format = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours a text, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

/** For pipes and files. */
export const plain: Style = (_format, text) => text;

/** For terminals. */
export const colored: Style = (format, text) => styleText(format, text, { validateStream: false });

/** Chooses by the conventions of NO_COLOR and FORCE_COLOR, and else by whether a terminal reads along. */
export function chooseStyle(isTTY: boolean, env: NodeJS.ProcessEnv): Style {
  if ((env["NO_COLOR"] ?? "") !== "") return plain;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced === "0" || forced === "false" ? plain : colored;
  return isTTY && env["TERM"] !== "dumb" ? colored : plain;
}

export function indent(text: string, by = "  "): string {
  return text.replaceAll(/^(?=.)/gm, by);
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
