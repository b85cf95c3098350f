import { writeFile } from "node:fs/promises";
import * as path from "node:path";
import { readText } from "../../course/files.ts";
import type { Course } from "../../course/model.ts";
import {
  type Blocks,
  MarkerError,
  readmeBlocks,
  sizeTable,
  updateBlocks,
} from "../../course/render/tables.ts";
import type { Command } from "../command.ts";

export const sync: Command = {
  name: "sync",
  usage: "[--check]",
  summary: "Writes the generated parts of README.md anew.",
  flags: { check: "Only say whether they are up to date." },
  maxWords: 0,
  forAuthors: true,
  async run(context, { flags }) {
    const file = path.join(context.root, "README.md");
    const text = (await readText(file)) ?? "";
    try {
      const updated = await generate(text, await context.course(), context.root);
      if (updated === text) {
        context.out("README.md is up to date.");
        return 0;
      }
      if (flags.has("check")) {
        context.err("README.md is stale: run `npm run yieldpoint -- sync` and commit what it changes.");
        return 1;
      }
      await writeFile(file, updated);
      context.out("README.md is written anew.");
      return 0;
    } catch (error) {
      if (!(error instanceof MarkerError)) throw error;
      context.err(`README.md: ${error.message}`);
      return 1;
    }
  },
};

async function generate(text: string, course: Course, root: string): Promise<string> {
  const updated = updateBlocks(text, course, { ...readmeBlocks, ...(await sizes(root)) });
  // Loaded here, since no other command wants it. It gives a table the one form that the format check accepts.
  const { format, resolveConfig } = await import("prettier");
  return format(updated, { ...(await resolveConfig(path.join(root, "README.md"))), parser: "markdown" });
}

/** The sizes that the package's tests hold it to; a course elsewhere has none. */
async function sizes(root: string): Promise<Blocks> {
  const limits = await readText(path.join(root, "test", "package", "size-limits.json"));
  return limits === undefined ? {} : { sizes: () => sizeTable(JSON.parse(limits) as Record<string, number>) };
}
