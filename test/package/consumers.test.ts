import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manifest } from "./dist.ts";
import {
  install,
  link,
  pack,
  project,
  remove,
  runNode,
  runTsc,
  strictConfig,
  type Packed,
} from "./packed.ts";

let packed: Packed;
let application: string;
let installed: string[];

beforeAll(async () => {
  packed = await pack();
  application = await install(packed);
  installed = readdirSync(path.join(application, "node_modules"));
  // For those who test with virtual time; the other projects take no types, and the main entry point imports nothing.
  link(application, "@types", "undici-types", ...Object.keys(manifest.peerDependencies ?? {}));
}, 60_000);

afterAll(() => remove(packed));

const uses = `
const add: Task<number> = ({ attempt }) => attempt + 41;
const user = { name: "Ada" };

async function main(): Promise<void> {
  const [first, second]: [number, string] = await gather([add, async () => "two"]);
  const named: { a: number } = await gather({ a: add });
  const winner: number = await race([add]);
  const inTime: { name: string } = await timeout(() => user, 1_000, { signal: undefined });
  const semaphore = new Semaphore(2);
  const limited: number = await semaphore.execute(add);
  const permit = await semaphore.acquire();
  permit.release();
  const repeated: string = await retry(async () => "again", { attempts: 2 });
  const guarded: number = await new CircuitBreaker({ trip: consecutive(1) }).execute(add);
  console.log(JSON.stringify([first, second, named, winner, inTime, limited, repeated, guarded]));
}
void main();
`;
const names = "CircuitBreaker, Semaphore, consecutive, gather, race, retry, timeout";
const printed = `[42,"two",{"a":42},42,{"name":"Ada"},42,"again",42]\n`;

describe.concurrent("an application that installs the package", { timeout: 60_000 }, () => {
  test("gets no other package with it", () => {
    expect(installed.filter((name) => !name.startsWith("."))).toEqual([manifest.name]);
  });

  test("compiles as strict TypeScript, as ESM and as CommonJS, and runs", async () => {
    const folder = project(application, {
      "tsconfig.json": strictConfig(),
      "esm.mts": `import { ${names}, type Task } from "yieldpoint";\n${uses}`,
      "cjs.cts": `import { ${names}, type Task } from "yieldpoint";\n${uses}`,
    });
    const tsc = await runTsc(folder);
    expect(tsc.stdout + tsc.stderr).toBe("");
    expect(await runNode(folder, "out/esm.mjs")).toMatchObject({ code: 0, stdout: printed });
    expect(await runNode(folder, "out/cjs.cjs")).toMatchObject({ code: 0, stdout: printed });
  });

  test("is told by the compiler of a wrong call", async () => {
    const folder = project(application, {
      "tsconfig.json": strictConfig(),
      "wrong.mts": `import { gather } from "yieldpoint";\nconst [wrong]: [string] = await gather([() => 1]);\n`,
    });
    const { code, stdout } = await runTsc(folder);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/^wrong\.mts\(2,\d+\): error TS2322: .*number.*string/);
  });

  test("can require it from plain CommonJS", async () => {
    const folder = project(application, {
      "main.cjs": `const { gather, sleep } = require("yieldpoint");
        gather([() => sleep(1), () => "done"]).then((results) => console.log(results[1]));`,
    });
    expect(await runNode(folder, "main.cjs")).toMatchObject({ code: 0, stdout: "done\n" });
  });

  test("can test with virtual time, given Node's types and the optional peer", async () => {
    const folder = project(application, {
      "tsconfig.json": strictConfig({ types: ["node"] }),
      "main.mts": `
        import { sleep } from "yieldpoint";
        import { virtualTime } from "yieldpoint/testing";
        using clock = virtualTime();
        await clock.run(() => sleep(60_000));
        console.log(clock.now);`,
    });
    const tsc = await runTsc(folder);
    expect(tsc.stdout + tsc.stderr).toBe("");
    expect(await runNode(folder, "out/main.mjs")).toMatchObject({ code: 0, stdout: "60000\n" });
  });

  test("knows the matchers' types as soon as it imports them for Vitest", async () => {
    const spec = `
      import { expect } from "vitest";
      import { type Timeline } from "yieldpoint/testing";
      import { matchers } from "yieldpoint/testing/vitest";
      expect.extend(matchers);
      export async function check(timeline: Timeline, promise: Promise<void>): Promise<void> {
        expect(timeline).toMatchTimeline({ users: [0, 100] }, "It starts at once.");
        await expect(promise).not.toSettleAt(100);
        await expect(() => promise).toLeaveNothing({ grace: 10 });
      }`;
    // Vitest's own declarations are not for this test to judge.
    const config = strictConfig({ types: ["node"], skipLibCheck: true });
    const good = project(application, { "tsconfig.json": config, "spec.mts": spec });
    const tsc = await runTsc(good);
    expect(tsc.stdout + tsc.stderr).toBe("");
    const wrong = spec.replace("toSettleAt(100)", 'toSettleAt("100")');
    const bad = project(application, { "tsconfig.json": config, "spec.mts": wrong });
    expect((await runTsc(bad)).stdout).toMatch(/^spec\.mts\(8,\d+\): error TS2345: .*string.*number/);
  });
});
