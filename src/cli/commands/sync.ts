import { rm, mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { entries, readText } from "../../course/files.ts";
import type { Course } from "../../course/model.ts";
import { referenceFiles, referenceFolder } from "../../course/render/reference.ts";
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
  summary: "Writes the generated text anew: the README's tables and the API reference.",
  flags: { check: "Only say whether it is up to date." },
  maxWords: 0,
  forAuthors: true,
  async run(context, { flags }) {
    try {
      const wanted = await generate(context.root, await context.course());
      const stale: string[] = [];
      for (const [file, text] of wanted) {
        if ((await readText(path.join(context.root, file))) !== text) stale.push(file);
      }
      if (stale.length === 0) {
        context.out("The generated text is up to date.");
        return 0;
      }
      if (flags.has("check")) {
        context.err(
          `Stale: ${stale.join(", ")}. Run \`npm run yieldpoint -- sync\` and commit what it changes.`,
        );
        return 1;
      }
      for (const name of stale) await put(path.join(context.root, name), wanted.get(name));
      context.out(`Written anew: ${stale.join(", ")}.`);
      return 0;
    } catch (error) {
      if (!(error instanceof MarkerError)) throw error;
      context.err(`README.md: ${error.message}`);
      return 1;
    }
  },
};

/** Each generated file with its text; undefined for one that is no longer generated. */
async function generate(root: string, course: Course): Promise<Map<string, string | undefined>> {
  // Loaded here, since no other command wants them.
  const { format, resolveConfig } = await import("prettier");
  const { loadReference } = await import("../../course/reference/load.ts");

  const readme = (await readText(path.join(root, "README.md"))) ?? "";
  const texts = new Map<string, string>([
    ["README.md", updateBlocks(readme, course, { ...readmeBlocks, ...(await sizes(root)) })],
    ...referenceFiles(await loadReference(root)).map(({ file, text }) => [file, text] as const),
  ]);
  const wanted = new Map<string, string | undefined>();
  for (const { name } of await entries(path.join(root, referenceFolder))) {
    wanted.set(`${referenceFolder}/${name}`, undefined);
  }
  const config = await resolveConfig(path.join(root, "README.md"));
  for (const [file, text] of texts) {
    // The one form that the format check accepts.
    wanted.set(file, await format(text, { ...config, parser: "markdown" }));
  }
  return wanted;
}

async function put(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) {
    await rm(file);
    return;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** The sizes that the package's tests hold it to; a course elsewhere has none. */
async function sizes(root: string): Promise<Blocks> {
  const limits = await readText(path.join(root, "test", "package", "size-limits.json"));
  return limits === undefined ? {} : { sizes: () => sizeTable(JSON.parse(limits) as Record<string, number>) };
}
