import { PassThrough } from "node:stream";
import { parseCommandLine } from "../../src/cli/args.ts";
import { createContext, type Context } from "../../src/cli/context.ts";
import { dispatch } from "../../src/cli/dispatch.ts";
import { plain } from "../../src/course/render/style.ts";
import type { Runner } from "../../src/course/verdict.ts";

/** A terminal, or with `isTTY` false a pipe, that a test types into and reads from. */
export interface Terminal {
  readonly context: Context;
  readonly run: (...argv: string[]) => Promise<number>;
  readonly type: (text: string) => void;
  /** All that was written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Each call of `setRawMode`. */
  readonly rawModes: boolean[];
}

export function terminal(root: string, runner: Runner, { isTTY = false } = {}): Terminal {
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (mode: boolean) => rawModes.push(mode),
  });
  const stdout = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  const stderr = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  const written = { out: "", err: "" };
  stdout.on("data", (text: string) => (written.out += text));
  stderr.on("data", (text: string) => (written.err += text));
  const createRunner = (): Promise<Runner> => Promise.resolve(runner);
  const context = createContext({ root, style: plain, stdin, stdout, stderr, createRunner });
  return {
    context,
    run: async (...argv) => {
      const code = await dispatch(parseCommandLine(argv), context);
      await context.close();
      return code;
    },
    type: (text) => void stdin.write(text),
    out: () => written.out,
    err: () => written.err,
    rawModes,
  };
}
