import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { expect, test } from "vitest";
import { firstUnsolved, openProgress } from "../../src/course/progress.ts";
import { courseOf, exercise, temporaryFolder } from "./support.ts";

const file = ".yieldpoint/progress.json";

async function open(
  root: string,
): Promise<{ progress: Awaited<ReturnType<typeof openProgress>>; warnings: string[] }> {
  const warnings: string[] = [];
  return { progress: await openProgress({ root, onWarning: (text) => warnings.push(text) }), warnings };
}

test("progress is kept, both ways", async () => {
  const root = await temporaryFolder();
  const first = await open(root);
  await first.progress.record("01-one/a", true);
  await first.progress.record("01-one/b", true);
  await first.progress.record("01-one/a", false);
  expect(first.progress.isSolved("01-one/a")).toBe(false);
  expect(first.progress.isSolved("01-one/b")).toBe(true);

  const second = await open(root);
  expect(second.progress.isSolved("01-one/a")).toBe(false);
  expect(second.progress.isSolved("01-one/b")).toBe(true);
  expect([...first.warnings, ...second.warnings]).toEqual([]);
  expect(await readdir(path.join(root, ".yieldpoint"))).toEqual(["progress.json"]);
});

test("progress keeps ids that the course does not know", async () => {
  const root = await temporaryFolder({ [file]: '{ "solved": { "gone/away": "0123" }, "other": 1 }' });
  const { progress } = await open(root);
  await progress.record("01-one/a", true);
  expect(JSON.parse(await readFile(path.join(root, file), "utf8"))).toEqual({
    solved: { "01-one/a": expect.any(String), "gone/away": "0123" },
  });
});

test("progress keeps what another process has recorded meanwhile", async () => {
  const root = await temporaryFolder();
  const [one, other] = [await open(root), await open(root)];
  await one.progress.record("01-one/a", true);
  await other.progress.record("01-one/b", true);
  const { progress } = await open(root);
  expect(progress.isSolved("01-one/a") && progress.isSolved("01-one/b")).toBe(true);
});

test("records that overlap are all kept", async () => {
  const root = await temporaryFolder();
  const { progress } = await open(root);
  await Promise.all(["a", "b", "c"].map((name) => progress.record(`01-one/${name}`, true)));
  const { solved } = JSON.parse(await readFile(path.join(root, file), "utf8")) as Record<string, object>;
  expect(Object.keys(solved ?? {})).toEqual(["01-one/a", "01-one/b", "01-one/c"]);
});

test.each(["{ half a fi", "[]", '{ "solved": 3 }', ""])(
  "a corrupt file (%j) is warned of once, and progress starts afresh",
  async (text) => {
    const root = await temporaryFolder({ [file]: text });
    const { progress, warnings } = await open(root);
    expect(progress.isSolved("01-one/a")).toBe(false);
    await progress.record("01-one/a", true);
    expect((await open(root)).progress.isSolved("01-one/a")).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/^\.yieldpoint.progress\.json cannot be read \(.+\); progress starts afresh\.$/),
    ]);
  },
);

test("an answer that was changed or reset since it passed is no longer solved", async () => {
  const stub = "exercises/01-one/a/a.ts";
  const root = await temporaryFolder({ [stub]: "the answer" });
  const { progress } = await open(root);
  await progress.record("01-one/a", true);
  expect(progress.isSolved("01-one/a")).toBe(true);
  await writeFile(path.join(root, stub), "the stub");
  expect(progress.isSolved("01-one/a")).toBe(false);
  await writeFile(path.join(root, stub), "the answer");
  expect(progress.isSolved("01-one/a")).toBe(true);
  await rm(path.join(root, stub));
  expect(progress.isSolved("01-one/a")).toBe(false);
});

test("an unwritable folder is warned of once, and progress lasts for the process", async () => {
  const root = await temporaryFolder({ ".yieldpoint": "a file where the folder should be" });
  const { progress, warnings } = await open(root);
  await progress.record("01-one/a", true);
  await progress.record("01-one/b", true);
  expect(progress.isSolved("01-one/a")).toBe(true);
  expect(warnings).toEqual([
    expect.stringMatching(/^Progress is not kept: .*progress\.json cannot be written \(.+\)\.$/),
  ]);
});

test("firstUnsolved() follows the course's order", async () => {
  const root = await temporaryFolder();
  const { progress } = await open(root);
  const course = courseOf(exercise("a"), exercise("b"));
  expect(firstUnsolved(course, progress)?.name).toBe("a");
  await progress.record("01-one/a", true);
  expect(firstUnsolved(course, progress)?.name).toBe("b");
  await progress.record("01-one/b", true);
  expect(firstUnsolved(course, progress)).toBeUndefined();
});
