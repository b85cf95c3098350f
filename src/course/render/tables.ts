import type { Course } from "../model.ts";

/** The README's generated parts: what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
export type Blocks = Readonly<Record<string, (course: Course) => string>>;

/** A new block is one more line here and a pair of markers in the README. */
export const readmeBlocks: Blocks = {
  exercises: exerciseTable,
  examples: exampleTable,
};

/** A text has no place for a generated part. */
export class MarkerError extends Error {
  override readonly name = "MarkerError";
}

/** Rewrites each block between its markers. Throws a MarkerError where a block's markers are missing or half there. */
export function updateBlocks(text: string, course: Course, blocks: Blocks = readmeBlocks): string {
  let result = text;
  for (const [name, render] of Object.entries(blocks)) {
    const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
    const from = result.indexOf(start);
    const to = result.indexOf(end, from);
    if (from === -1 || to === -1) {
      throw new MarkerError(`No place for the ${name}: add the lines "${start}" and "${end}".`);
    }
    result = `${result.slice(0, from + start.length)}\n\n${render(course)}\n\n${result.slice(to)}`;
  }
  return result;
}

/** Chapter, exercise, what the learner writes. */
export function exerciseTable(course: Course): string {
  const rows = course.chapters.flatMap((chapter) =>
    chapter.exercises.map((exercise, index) => [
      index === 0 ? chapter.title : "",
      link(exercise.title, `exercises/${exercise.id}/README.md`),
      (exercise.implement.length > 0 ? exercise.implement : exercise.writes).map(code).join(", "),
    ]),
  );
  return table(["Chapter", "Exercise", "You write"], rows);
}

/** Id, title, clock, patterns. */
export function exampleTable(course: Course): string {
  const rows = course.chapters.flatMap((chapter) =>
    chapter.examples.map((example) => [
      link(example.id, `src/examples/${example.id}.ts`),
      example.title,
      example.clock,
      example.patterns.map(code).join(", "),
    ]),
  );
  return table(["Example", "What it shows", "Clock", "Patterns"], rows);
}

/** Export, and what it adds to a bundle. */
export function sizeTable(sizes: Readonly<Record<string, number>>): string {
  const rows = Object.entries(sizes).map(([name, bytes]) => [
    name === "everything" ? name : code(name),
    `${bytes.toLocaleString("en-US")} B`,
  ]);
  return table(["Import", "Minified and gzipped, at most"], rows);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map(row).join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(escapeCell).join(" | ")} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, String.raw`\|`);
}

function link(text: string, target: string): string {
  return `[${text.replaceAll(/[[\]]/g, String.raw`\$&`)}](${target})`;
}

function code(name: string): string {
  return `\`${name}\``;
}
