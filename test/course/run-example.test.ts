import * as path from "node:path";
import { expect, test } from "vitest";
import type { Example } from "../../src/course/model.ts";
import { runExample } from "../../src/course/run-example.ts";
import { temporaryFolder } from "./support.ts";

const scripts = {
  "hour.ts": `import { setTimeout as sleep } from "node:timers/promises";
    import { readFile } from "node:fs/promises";
    const every = setInterval(() => console.log("tick", performance.now()), 1_800_000);
    await readFile(new URL(import.meta.url));
    await sleep(3_600_001);
    console.log("hour", performance.now());
    every.unref();
    console.error("done");`,
  "throws.ts": `setTimeout(() => { throw new Error("late failure"); }, 60_000);
    setTimeout(() => console.log("not reached"), 60_001);`,
  "rejects.ts": `console.log("before"); void Promise.reject(new Error("floating"));`,
  "unsettled.ts": `setTimeout(() => console.log("the timer"), 5); await new Promise(() => undefined);`,
  "endless.ts": `console.log("spinning"); while (true) {}`,
  "real.ts": `const start = process.hrtime.bigint(); setTimeout(() => console.log(process.hrtime.bigint() - start > 10n), 20);`,
};

test(
  "an example runs as a plain script, on virtual time unless it is to be real",
  { timeout: 60_000 },
  async () => {
    const files = Object.entries(scripts).map(([name, source]) => [`src/examples/01-one/${name}`, source]);
    const root = await temporaryFolder({
      ...Object.fromEntries(files),
      "package.json": '{ "type": "module" }',
    });
    const run = (
      name: string,
      options: Parameters<typeof runExample>[1] = {},
    ): ReturnType<typeof runExample> => {
      const file = path.join(root, "src", "examples", "01-one", `${name}.ts`);
      const clock = name === "real" ? "real" : "virtual";
      const about = { title: name, clock, patterns: [], file, expectedFile: "" } as const;
      const example: Example = { id: `01-one/${name}`, chapter: "01-one", name, ...about };
      return runExample(example, { cwd: root, ...options });
    };

    expect(await run("hour")).toEqual({
      code: 0,
      stdout: "tick 1800000\ntick 3600000\nhour 3600001\n",
      stderr: "done\n",
    });
    const [throws, rejects, unsettled, endless, real, settled] = await Promise.all([
      run("throws"),
      run("rejects"),
      run("unsettled"),
      run("endless", { limit: 2000 }),
      run("real"),
      run("unsettled", { real: true }),
    ]);
    expect(throws).toMatchObject({ code: 1, stdout: "", failure: "It failed with exit code 1." });
    expect(throws.stderr).toContain("late failure");
    expect(rejects).toMatchObject({ code: 1, stdout: "before\n" });
    expect(unsettled).toMatchObject({
      code: 13,
      stdout: "the timer\n",
      failure: "Its top-level await never settled (exit code 13): what it waits for cannot come.",
    });
    expect(settled).toMatchObject({ code: 13, stdout: "the timer\n" });
    expect(endless).toMatchObject({
      code: undefined,
      failure: "It did not end within 2000 ms and was stopped.",
    });
    expect(real).toMatchObject({ code: 0, stdout: "true\n" });
  },
);
