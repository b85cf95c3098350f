import * as path from "node:path";
import { entries, readText } from "./files.ts";
import { readFrontMatter } from "./frontmatter.ts";
import { firstParagraph, headerLines, tags } from "./header.ts";
import { readHints } from "./hints.ts";
import type { Exercise, Fault, Misconception } from "./model.ts";

type Report = (message: string) => void;

/** Reads one exercise's folder and what belongs to it elsewhere; undefined where the folder holds no exercise. */
export async function loadExercise(
  root: string,
  chapter: string,
  name: string,
  faults: Fault[],
): Promise<Exercise | undefined> {
  const id = `${chapter}/${name}`;
  const folder = path.join(root, "exercises", chapter, name);
  const file = (base: string): string => path.join(folder, base);
  const [readme, spec, hints] = await Promise.all([
    readText(file("README.md")),
    readText(file(`${name}.spec.ts`)),
    readText(file("hints.md")),
  ]);
  if (readme === undefined && spec === undefined) return undefined;

  const report: Report = (message) => void faults.push({ subject: id, message });
  const head = readme === undefined ? undefined : readHead(readme, report);
  const [solutions, misconceptions] = await Promise.all([
    findSolutions(path.join(root, "solutions", chapter), name),
    loadMisconceptions(path.join(root, "test", "misconceptions", chapter, name), report),
  ]);
  const model = (await readText(solutions[0] ?? file(`${name}.ts`))) ?? "";
  return {
    id,
    chapter,
    name,
    title: head?.title ?? name.replaceAll("-", " "),
    order: head?.order ?? Number.MAX_SAFE_INTEGER,
    implement: head?.implement ?? [],
    writes: exportedValues(model),
    folder,
    readme: file("README.md"),
    stub: file(`${name}.ts`),
    spec: file(`${name}.spec.ts`),
    hintsFile: file("hints.md"),
    hints: readHints(hints ?? ""),
    solutions,
    misconceptions,
  };
}

interface Head {
  readonly title?: string;
  readonly order?: number;
  readonly implement?: readonly string[];
}

function readHead(readme: string, report: Report): Head {
  const { data, fault } = readFrontMatter(readme);
  if (fault !== undefined) {
    report(`README.md ${fault} with \`title\`, \`order\` and, if it has one, \`implement\`.`);
    return {};
  }
  const { title, order, implement } = data;
  const hasTitle = typeof title === "string" && title.trim() !== "";
  if (!hasTitle) report("README.md has no title: add the line `title: <words>` to its front matter.");
  const hasOrder = typeof order === "number" && Number.isFinite(order);
  if (!hasOrder) report("README.md has no order: add the line `order: <number>`, its place in the chapter.");
  const isList = Array.isArray(implement) && implement.every((name) => typeof name === "string");
  if (implement !== undefined && implement !== null && !isList) {
    report("README.md has an `implement` that is no list of names: write it as `implement: [Semaphore]`.");
  }
  return {
    ...(hasTitle ? { title: title.trim() } : {}),
    ...(hasOrder ? { order } : {}),
    ...(isList ? { implement } : {}),
  };
}

/** `<name>.ts` first, then `<name>.<style>.ts`. */
async function findSolutions(folder: string, name: string): Promise<string[]> {
  const files = (await entries(folder)).filter((entry) => entry.isFile()).map((entry) => entry.name);
  const styles = files.filter(
    (base) => base.startsWith(`${name}.`) && /^\.[\w-]+\.ts$/.test(base.slice(name.length)),
  );
  const plain = files.filter((base) => base === `${name}.ts`);
  return [...plain, ...styles.filter((base) => !base.endsWith(".d.ts"))].map((base) =>
    path.join(folder, base),
  );
}

async function loadMisconceptions(folder: string, report: Report): Promise<Misconception[]> {
  const files = (await entries(folder)).filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  return Promise.all(
    files.map(async (entry) => {
      const file = path.join(folder, entry.name);
      const lines = headerLines((await readText(file)) ?? "") ?? [];
      const cause = firstParagraph(lines);
      const fails = tags(lines, "fails");
      if (cause === "") {
        report(
          `Misconception ${entry.name} states no cause: begin it with a /** … */ comment, one sentence first.`,
        );
      }
      if (fails.length === 0) {
        report(
          `Misconception ${entry.name} names no test: add a line \`@fails <test>\` for each test that rejects it.`,
        );
      }
      return { name: entry.name.slice(0, -".ts".length), file, cause, fails };
    }),
  );
}

function exportedValues(source: string): string[] {
  const declared =
    /^export\s+(?:default\s+)?(?:async\s+)?(?:abstract\s+)?(?:function\s*\*?|class|const|let)\s+(?<name>[\w$]+)/gm;
  const names = [...source.matchAll(declared)].map((match) => match.groups?.["name"] ?? "");
  return [...new Set(names)];
}
