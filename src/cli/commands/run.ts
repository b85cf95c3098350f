import type { ChildProcess } from "node:child_process";
import pLimit from "p-limit";
import { findById } from "../../course/find.ts";
import { allExamples } from "../../course/load.ts";
import type { Course, Example } from "../../course/model.ts";
import { count } from "../../course/render/style.ts";
import { type ExampleRunOptions, runExample } from "../../course/run-example.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError, found } from "../errors.ts";

/** How many examples run at once; their output is printed one after the other all the same. */
const parallel = 2;

export const run: Command = {
  name: "run",
  usage: "<example|chapter> [--all] [--real]",
  summary: "Runs an example, or the examples of a chapter.",
  flags: { all: "Every example.", real: "On the real clock, whatever the example's header says." },
  maxWords: 1,
  async run(context, { words: [word], flags }) {
    const all = flags.has("all");
    if (all === (word !== undefined)) throw new UsageError("run takes an example, a chapter, or --all.");
    const course = await context.course();
    const children = new Set<ChildProcess>();
    context.onClose(() => {
      for (const child of children) child.kill("SIGKILL");
    });
    const options: ExampleRunOptions = {
      real: flags.has("real"),
      cwd: course.root,
      onSpawn: (child) => void children.add(child.once("close", () => children.delete(child))),
    };
    const examples = word === undefined ? allExamples(course) : choose(course, word).examples;
    const [only] = examples;
    if (only !== undefined && examples.length === 1) return runOne(context, only, options);
    return runMany(context, examples, options);
  },
};

async function runOne(context: Context, example: Example, options: ExampleRunOptions): Promise<number> {
  const { failure } = await runExample(example, { ...options, inherit: true });
  if (failure === undefined) return 0;
  context.err(`${example.id}: ${failure}`);
  return 1;
}

async function runMany(
  context: Context,
  examples: readonly Example[],
  options: ExampleRunOptions,
): Promise<number> {
  const limit = pLimit(parallel);
  const runs = examples.map((example) => ({ example, ended: limit(runExample, example, options) }));
  const failed: string[] = [];
  for (const [index, { example, ended }] of runs.entries()) {
    const { stdout, stderr, failure } = await ended;
    context.out(
      `${index > 0 ? "\n" : ""}${context.style("bold", example.title)}  ${context.style("dim", example.id)}\n`,
    );
    context.stdout.write(stdout);
    if (stderr !== "") context.err(stderr.trimEnd());
    if (failure === undefined) continue;
    failed.push(example.id);
    context.err(`${example.id}: ${failure}`);
  }
  context.out(
    `\n${count(examples.length, "example")}, ${failed.length} failed${failed.map((id) => `\n  ${id}`).join("")}`,
  );
  return failed.length === 0 ? 0 : 1;
}

interface Choice {
  readonly id: string;
  readonly examples: readonly Example[];
}

/** One example, or all of a chapter: `06c` and `running-multiple-tasks` both mean the chapter. */
function choose(course: Course, word: string): Choice {
  const chapter = course.chapters.find(
    ({ id }) => id.startsWith(`${word}-`) || id.replace(/^\d{2}[a-z]?-/, "") === word,
  );
  if (chapter !== undefined) return chapter;
  const examples = allExamples(course).map((example): Choice => ({ id: example.id, examples: [example] }));
  const chapters = course.chapters.filter((one) => one.examples.length > 0);
  return found("example or chapter", word, findById([...chapters, ...examples], word));
}
