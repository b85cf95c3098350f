import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loads } from "./loads/index.ts";

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const root = path.join(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: { soak: string };
};

/** Runs what `npm run soak` does, or another script in its place. */
function run(options: readonly string[], script?: string): Promise<Ended> {
  const [program, ...args] = scripts.soak.split(" ");
  expect(program).toBe("node");
  if (script !== undefined) args.splice(-1, 1, path.join(import.meta.dirname, script));
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, ...options], { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

test("a short soak of all patterns holds, and tells how to repeat it", { timeout: 60_000 }, async () => {
  const { code, stdout } = await run(["--seconds", "1", "--seed", "7"]);
  const [title, ...rest] = stdout.split("\n");
  expect(title).toBe(`soak: ${Object.keys(loads).length} loads for 1 s; again: --seconds 1 --seed 7`);
  expect(rest.slice(-4)).toEqual([
    expect.stringMatching(/^heap after collection: .* kB; trend: too few samples; samples:$/),
    expect.stringMatching(/^ {2}[\d,]+$/),
    "No timer, handle or abort listener is left, and no rejection was unhandled.",
    "",
  ]);
  expect(stdout).toMatch(/^calls: ([\d,]+) made, \1 settled /m);
  expect(code).toBe(0);
});

test(
  "one after which something is left ends with 1, and does not wait for it",
  { timeout: 60_000 },
  async () => {
    const { code, stdout } = await run(["--seconds", "0.5"], "fixtures/careless.ts");
    expect(stdout).toMatch(/\nWhat does not hold:\nLeft behind: 1 timer of careless\.\n$/);
    expect(code).toBe(1);
  },
);

test("what is no option ends it at once", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await run(["--seconds", "0"]);
  expect(stderr).toMatch(/^soak: --seconds must be a number > 0, got 0\nnpm run soak -- /);
  expect([code, stdout]).toEqual([1, ""]);
});
