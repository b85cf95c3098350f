import { spawn } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { copyOfMiniature, temporaryFolder } from "../course/support.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const repository = path.resolve(path.dirname(main), "..", "..");
const chapter = "06c-running-multiple-tasks";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the tool as a process on pipes. */
function run(root: string, argv: readonly string[], { hangUp = false } = {}): Promise<Ended> {
  const { NO_COLOR: _none, FORCE_COLOR: _forced, ...env } = process.env;
  const args = ["--import", "tsx", main, ...argv, "--root", root];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    // What `| head` does when it has seen enough.
    if (hangUp) child.stdout.destroy();
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

describe("the tool as a process", { timeout: 60_000 }, () => {
  test("an unknown id ends with 2 and names the nearest", async () => {
    const root = await copyOfMiniature();
    expect(await run(root, ["check", "pear"])).toEqual({
      code: 2,
      out: "",
      err: `There is no exercise "pear". Did you mean ${chapter}/pair?\n`,
    });
  });

  test("a failing spec ends with 1, on a pipe without colours; a pass with 0, and is remembered", async () => {
    const root = await copyOfMiniature();
    const stub = path.join(root, "exercises", chapter, "pair", "pair.ts");
    await cp(path.join(root, "test", "misconceptions", chapter, "pair", "one-after-the-other.ts"), stub);
    const failed = await run(root, ["check"]);
    expect(failed).toMatchObject({ code: 1, err: "" });
    expect(failed.out).toContain("  FAIL  the second task starts before the first has ended\n");
    expect(failed.out).toContain(
      "One mistake that fails just these tests: The second task starts only when the first one is over",
    );
    expect(failed.out).not.toContain("\u001B");

    await cp(path.join(root, "solutions", chapter, "pair.ts"), stub);
    expect(await run(root, ["start"])).toMatchObject({ code: 0, err: "" });
    const progress = await readFile(path.join(root, ".yieldpoint", "progress.json"), "utf8");
    expect(JSON.parse(progress)).toEqual({ solved: { [`${chapter}/pair`]: expect.any(String) } });
  });

  test("a reader that hangs up is no crash", async () => {
    const root = await copyOfMiniature();
    expect(await run(root, ["list"], { hangUp: true })).toEqual({ code: 0, out: "", err: "" });
  });

  test("examples run in order, and one that fails makes the whole fail", async () => {
    const root = await copyOfMiniature();
    const { code, out, err } = await run(root, ["run", "06c"]);
    expect(code).toBe(1);
    expect(out).toBe(
      [
        `A promise that nobody settles keeps the script from its end  ${chapter}/never`,
        "",
        "waiting",
        "",
        `Two waits at once take as long as one  ${chapter}/two-at-once`,
        "",
        "both after 60000 ms",
        "",
        "2 examples, 1 failed",
        `  ${chapter}/never`,
        "",
      ].join("\n"),
    );
    expect(err).toContain(`${chapter}/never: Its top-level await never settled`);
    expect(await run(root, ["run", "two-at-once"])).toEqual({
      code: 0,
      out: "both after 60000 ms\n",
      err: "",
    });
  });

  test("a course without exercises is a clear error", async () => {
    const root = await temporaryFolder();
    expect(await run(root, ["start"])).toEqual({
      code: 2,
      out: "",
      err: `There are no exercises in ${path.join(root, "exercises")}.\n`,
    });
  });
});
