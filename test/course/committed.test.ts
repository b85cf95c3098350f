import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import * as path from "node:path";
import { expect, test } from "vitest";
import { committed } from "../../src/course/committed.ts";
import { temporaryFolder, writeFiles } from "./support.ts";

function git(cwd: string, ...args: string[]): void {
  const identity = [
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.org",
    "-c",
    "commit.gpgsign=false",
  ];
  execFileSync("git", [...identity, ...args], { cwd, stdio: "ignore" });
}

test("a repository tells how a file was committed, and which files differ", async () => {
  const repository = await temporaryFolder({
    "course/a file.ts": "as committed\n",
    "course/b.ts": "unchanged\n",
    "outside.ts": "x",
  });
  git(repository, "init");
  git(repository, "add", ".");
  git(repository, "commit", "-m", "x");
  const root = path.join(repository, "course");
  await writeFiles(repository, { "course/a file.ts": "edited\n", "outside.ts": "y", "course/new.ts": "z" });

  const { source, changed } = committed(root);
  expect(await source(path.join(root, "a file.ts"))).toBe("as committed\n");
  expect(await source(path.join(root, "new.ts"))).toBeUndefined();
  expect(await changed()).toEqual(new Set([path.join(root, "a file.ts"), path.join(root, "new.ts")]));

  await writeFile(path.join(root, "a file.ts"), "as committed\n");
  expect(await changed()).toEqual(new Set([path.join(root, "new.ts")]));
});

test("without a repository, or before its first commit, nothing is known", async () => {
  const root = await temporaryFolder({ "a.ts": "x" });
  const { source, changed } = committed(root);
  expect(await source(path.join(root, "a.ts"))).toBeUndefined();
  expect(await changed()).toBeUndefined();
  git(root, "init");
  expect(await source(path.join(root, "a.ts"))).toBeUndefined();
  expect(await changed()).toBeUndefined();
});
