import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Course, Exercise } from "../../src/course/model.ts";
import type { RunRequest, Runner, TestVerdict, Verdict } from "../../src/course/verdict.ts";

/** A folder that is gone after the test, with the files given. */
export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "yieldpoint-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFiles(folder, files);
  return folder;
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A whole course with one exercise and two examples. */
export const miniature: string = path.join(repository, "test", "fixtures", "verify-course");

/** A copy of the miniature course that can be edited. */
export async function copyOfMiniature(): Promise<string> {
  const root = await temporaryFolder();
  await cp(miniature, root, { recursive: true });
  // Its specs import Vitest.
  await symlink(path.join(repository, "node_modules"), path.join(root, "node_modules"), "junction");
  return root;
}

export function exercise(name: string, more: Partial<Exercise> = {}): Exercise {
  const folder = path.join("/course", "exercises", "01-one", name);
  return {
    id: `01-one/${name}`,
    chapter: "01-one",
    name,
    title: `Title of ${name}`,
    order: 1,
    implement: [],
    writes: [name],
    folder,
    readme: path.join(folder, "README.md"),
    stub: path.join(folder, `${name}.ts`),
    spec: path.join(folder, `${name}.spec.ts`),
    hintsFile: path.join(folder, "hints.md"),
    hints: ["first hint", "second hint", "third hint"],
    solutions: [path.join("/course", "solutions", "01-one", `${name}.ts`)],
    misconceptions: [],
    ...more,
  };
}

export function courseOf(...exercises: readonly Exercise[]): Course {
  const chapter = { id: "01-one", title: "One", examples: [], exercises };
  return { root: path.resolve("/course"), chapters: [chapter], faults: [] };
}

/** A verdict from `name: state` pairs. */
export function verdictOf(
  id: string,
  tests: Readonly<Record<string, TestVerdict["state"] | TestVerdict>>,
  more: Partial<Verdict> = {},
): Verdict {
  const list = Object.entries(tests).map(([name, test]): TestVerdict =>
    typeof test === "string" ? { name, state: test } : test,
  );
  const problems = more.problems ?? [];
  const passed = problems.length === 0 && list.every((test) => test.state === "passed");
  const answer = path.join("/course", "exercises", ...id.split("/"), `${id.split("/")[1] ?? ""}.ts`);
  return { exercise: id, answer, passed, tests: list, problems, duration: 1, ...more };
}

/** A runner that answers by a function, and remembers what it was asked. */
export function fakeRunner(
  judge: (request: RunRequest) => Verdict | Promise<Verdict>,
): Runner & { readonly runs: (readonly RunRequest[])[]; closed: boolean } {
  return {
    runs: [],
    closed: false,
    async run(requests, options) {
      this.runs.push(requests);
      const verdicts: Verdict[] = [];
      for (const request of requests) {
        const verdict = await judge(request);
        options?.onVerdict?.(verdict);
        verdicts.push(verdict);
      }
      return verdicts;
    },
    close() {
      this.closed = true;
      return Promise.resolve();
    },
  };
}
