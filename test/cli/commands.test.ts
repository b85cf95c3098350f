import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Runner } from "../../src/course/verdict.ts";
import { fakeRunner, miniature, temporaryFolder, verdictOf, writeFiles } from "../course/support.ts";
import { terminal } from "./support.ts";

const chapter = "06c-running-multiple-tasks";

function head(title: string, order: number): string {
  return `---\ntitle: ${title}\norder: ${order}\n---\n`;
}

/** Two exercises, an example and a README. */
async function course(): Promise<string> {
  return temporaryFolder({
    "exercises/01-one/gate/README.md": head("A gate", 1),
    "exercises/01-one/gate/gate.ts": "export {};",
    "exercises/01-one/gate/hints.md": "## A\nfirst\n## B\nsecond\n",
    "exercises/01-one/gate-keeper/README.md": head("A keeper", 2),
    "solutions/01-one/gate.ts": "export const gate = 1;",
    "README.md":
      "# Title\n\n<!-- exercises:start --><!-- exercises:end -->\n\n<!-- examples:start --><!-- examples:end -->\n",
  });
}

/** Passes the exercises named, and fails the others. */
function judge(...passing: string[]): ReturnType<typeof fakeRunner> {
  return fakeRunner(({ exercise }) =>
    verdictOf(exercise, { "it works": passing.includes(exercise) ? "passed" : "failed" }),
  );
}

async function call(
  argv: string,
  options: { root?: string; runner?: Runner } = {},
): Promise<{ code: number; out: string; err: string }> {
  const { run, out, err } = terminal(options.root ?? (await course()), options.runner ?? judge());
  const code = await run(...argv.split(" ").filter((word) => word !== ""));
  return { code, out: out(), err: err() };
}

describe("wrong calls end with 2 and name the nearest", () => {
  test.each([
    ["chekc", 'Unknown command "chekc". Did you mean check?'],
    ["help strat", 'Unknown command "strat". Did you mean start?'],
    ["check --al", 'Unknown flag for check "--al". Did you mean --all?'],
    ["list -a", 'Unknown flag for list "-a". Did you mean --help?'],
    ["check gat-keper", 'There is no exercise "gat-keper". Did you mean 01-one/gate-keeper?'],
    ["start nothing", 'There is no exercise "nothing". Did you mean 01-one/gate?'],
    ["check 01-one", '"01-one" is the name of more than one exercise:\n  01-one/gate\n  01-one/gate-keeper'],
    ["check gate --all", "check takes either ids or --all, not both."],
    ["list gate", "Too many words for list: gate. Usage: yieldpoint list"],
    ["hint gate 3", "01-one/gate has hints 1 to 2, not 3."],
    ["hint gate-keeper", "01-one/gate-keeper has no hints."],
    ["hint gate keeper", "hint takes one id and a level, got gate keeper."],
    ["run", "run takes an example, a chapter, or --all."],
    ["run x --all", "run takes an example, a chapter, or --all."],
  ])("%s", async (argv, message) => {
    expect(await call(argv)).toEqual({ code: 2, out: "", err: `${message}\n` });
  });

  test.each(["start", "check", "hint", "verify"])("%s without any exercise", async (name) => {
    const root = await temporaryFolder();
    expect(await call(name, { root })).toEqual({
      code: 2,
      out: "",
      err: `There are no exercises in ${path.join(root, "exercises")}.\n`,
    });
  });
});

describe("check", () => {
  test("runs the first unsolved exercise, and says what to do next", async () => {
    const { code, out } = await call("check");
    expect(code).toBe(1);
    expect(out).toContain("A gate  01-one/gate\n");
    expect(out).toContain("  FAIL  it works\n");
    expect(out.endsWith(`Hint:  npm run yieldpoint -- hint gate\n`)).toBe(true);
  });

  test("goes on to the next exercise once one is solved, and ends when all are", async () => {
    const root = await course();
    const runner = judge("01-one/gate", "01-one/gate-keeper");
    expect((await call("check", { root, runner })).out).toContain("A gate  01-one/gate");
    expect((await call("check", { root, runner })).out).toContain("A keeper  01-one/gate-keeper");
    expect(await call("check", { root, runner })).toEqual({
      code: 0,
      out: "All exercises are solved.\n",
      err: "",
    });
    expect(runner.runs).toHaveLength(2);
  });

  test("runs those named once each, in one run", async () => {
    const runner = judge("01-one/gate");
    const { code, out } = await call("check gate-keeper gate 01-one/gate", { runner });
    expect(code).toBe(1);
    expect(runner.runs).toEqual([[{ exercise: "01-one/gate-keeper" }, { exercise: "01-one/gate" }]]);
    expect(out).toContain("Solved. To compare: ");
    expect(out.endsWith("1 of 2 exercises passed.\n")).toBe(true);
  });

  test("--all sums up, a line for each in the course's order, whatever order the verdicts come in", async () => {
    const runner: Runner = {
      run: async (requests, options) => {
        const verdicts = await judge("01-one/gate").run(requests);
        for (const verdict of verdicts.map((_, index) => verdicts.at(-1 - index)))
          if (verdict !== undefined) options?.onVerdict?.(verdict);
        return verdicts;
      },
      close: () => Promise.resolve(),
    };
    expect(await call("check --all", { runner })).toEqual({
      code: 1,
      out: "pass  01-one/gate\nFAIL  01-one/gate-keeper  1 of 1 test failed\n\n1 of 2 exercises passed.\n",
      err: "",
    });
  });

  test("closes the runner", async () => {
    const runner = judge();
    await call("check", { runner });
    expect(runner.closed).toBe(true);
  });
});

test("list marks the current exercise", async () => {
  const { code, out } = await call("list");
  expect(code).toBe(0);
  expect(out).toContain("  > -        gate         A gate\n    -        gate-keeper  A keeper\n");
});

test.each([
  ["hint", "01-one/gate, hint 1 of 2\n\nfirst\n\nMore: npm run yieldpoint -- hint gate 2\n"],
  ["hint gate", "01-one/gate, hint 1 of 2\n\nfirst\n\nMore: npm run yieldpoint -- hint gate 2\n"],
  ["hint gate 2", "01-one/gate, hint 2 of 2\n\nsecond\n"],
  ["hint 2", "01-one/gate, hint 2 of 2\n\nsecond\n"],
])("%s", async (argv, out) => {
  expect(await call(argv)).toEqual({ code: 0, out, err: "" });
});

test.each(["", "help", "--help"])("[%s] lists the commands", async (argv) => {
  const { code, out } = await call(argv);
  expect(code).toBe(0);
  for (const name of ["start", "list", "check", "hint", "run", "help", "verify", "sync", "reference"]) {
    expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  }
});

test.each(["help check", "check --help"])("%s shows its flags", async (argv) => {
  expect((await call(argv)).out).toBe(
    [
      "Usage: yieldpoint check [id…] [--all]",
      "",
      "Runs the specs of the exercises named, or of the first that is not solved.",
      "",
      "  --all  Every exercise, with a summary.",
      "",
    ].join("\n"),
  );
});

describe("verify", () => {
  test("prints a line for each failed check and counts them", async () => {
    const { code, out } = await call("verify", { root: miniature, runner: judge() });
    expect(code).toBe(1);
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^06c-running-multiple-tasks\/pair: The /);
    expect(lines.at(-1)).toMatch(new RegExp(`^\\d+ passed, ${lines.length - 1} failed$`));
  });
});

describe("sync", () => {
  test("writes the README's tables and the reference, and then finds them up to date", async () => {
    const root = await temporaryFolder();
    await cp(miniature, root, { recursive: true });
    await writeFiles(root, { "book/reference/removed.md": "# Removed\n" });
    const files = "book/reference/removed.md, README.md, book/reference.md, book/reference/src.md";
    expect(await call("sync --check", { root })).toEqual({
      code: 1,
      out: "",
      err: `Stale: ${files}. Run \`npm run yieldpoint -- sync\` and commit what it changes.\n`,
    });
    expect(await call("sync", { root })).toEqual({ code: 0, out: `Written anew: ${files}.\n`, err: "" });
    const text = await readFile(path.join(root, "README.md"), "utf8");
    expect(text).toContain(`[Two tasks at once](exercises/${chapter}/pair/README.md)`);
    expect(text).toContain(`[${chapter}/never](src/examples/${chapter}/never.ts)`);
    expect(await readFile(path.join(root, "book/reference/src.md"), "utf8")).toContain("## pair\n");
    expect(await readdir(path.join(root, "book/reference"))).toEqual(["src.md"]);
    expect(await call("sync --check", { root })).toEqual({
      code: 0,
      out: "The generated text is up to date.\n",
      err: "",
    });
  });

  test("writes no reference where nothing is exported", async () => {
    const root = await course();
    expect(await call("sync", { root })).toEqual({ code: 0, out: "Written anew: README.md.\n", err: "" });
  });

  test("says which markers are missing", async () => {
    const root = await temporaryFolder({ "README.md": "# Title\n" });
    expect(await call("sync", { root })).toEqual({
      code: 1,
      out: "",
      err: 'README.md: No place for the exercises: add the lines "<!-- exercises:start -->" and "<!-- exercises:end -->".\n',
    });
  });
});

test("reference prints the API reference as JSON", async () => {
  const { code, out } = await call("reference", { root: miniature });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([
    { id: "src", title: "Src", entry: "miniature-course", symbols: [{ name: "pair", kind: "constant" }] },
  ]);
});

describe("start", () => {
  test("on a pipe runs the current exercise once", async () => {
    const root = await course();
    expect((await call("start", { root })).code).toBe(1);
    const passed = await call("start gate", { root, runner: judge("01-one/gate") });
    expect(passed.code).toBe(0);
    expect(passed.out).toContain("  pass  it works\n\nSolved.");
  });

  test("on a terminal follows saves and keys, and gives the terminal back on q", async () => {
    const root = await course();
    const runner = judge("01-one/gate");
    const { run, type, out, rawModes } = terminal(root, runner, { isTTY: true });
    const ended = run("start");
    await vi.waitFor(() => expect(out()).toContain("Press n for the next exercise."));
    expect(rawModes).toEqual([true]);
    await writeFile(path.join(root, "exercises/01-one/gate/gate.ts"), "export const saved = 1;");
    await vi.waitFor(() => expect(runner.runs.length).toBeGreaterThan(1), 5000);
    type("h");
    await vi.waitFor(() => expect(out()).toContain("Hint 1 of 2\nfirst"));
    type("n");
    await vi.waitFor(() => expect(out()).toContain("A keeper  01-one/gate-keeper"));
    type("\u0003");
    expect(await ended).toBe(0);
    expect(rawModes).toEqual([true, false]);
    expect(runner.closed).toBe(true);
  });
});
