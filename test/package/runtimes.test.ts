import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleForBrowser } from "./bundle.ts";
import { freshDist, manifest, root } from "./dist.ts";
import { findCommand } from "./find-command.ts";
import { builtExports, passed } from "./platform.ts";

const runtimes: readonly [name: string, program: string | undefined, args: readonly string[]][] = [
  ["Node", process.execPath, []],
  ["Deno", findCommand("deno"), ["run", "--node-modules-dir=manual", "--no-prompt"]],
  ["Bun", findCommand("bun"), ["run"]],
];
const missing = runtimes.filter(([, program]) => program === undefined).map(([name]) => name);
if (missing.length > 0) {
  const packages = missing.map((name) => name.toLowerCase()).join(" ");
  console.warn(
    `Nothing is tried in ${missing.join(" and ")}: not on the PATH; npm install --global ${packages} gets it.`,
  );
}

const file = "smoke.mjs";
let folder: string;

// An application that finds the package among its node_modules, as these runtimes do.
beforeAll(async () => {
  await freshDist();
  folder = mkdtempSync(path.join(tmpdir(), "yieldpoint-runtimes-"));
  mkdirSync(path.join(folder, "node_modules"));
  symlinkSync(root, path.join(folder, "node_modules", manifest.name), "junction");
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ dependencies: { [manifest.name]: "*" } }),
  );
  const code = `import { smoke } from "./test/package/smoke/index.ts"; console.log(JSON.stringify(await smoke()));`;
  const module = await bundleForBrowser(code, { alias: {}, external: [manifest.name] });
  writeFileSync(path.join(folder, file), module);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const [name, program, args] of runtimes) {
  test.skipIf(program === undefined)(
    `in ${name}, every export of the built package does its basic thing`,
    { timeout: 60_000 },
    async () => {
      const { stdout } = await promisify(execFile)(program ?? "", [...args, file], { cwd: folder });
      expect(JSON.parse(stdout)).toMatchObject({ results: passed(await builtExports()), unhandled: [] });
    },
  );
}
