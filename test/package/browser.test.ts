import assert from "node:assert/strict";
import vm from "node:vm";
import type { Plugin } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { allExamples } from "../docs/examples.ts";
import { bundleForBrowser } from "./bundle.ts";
import { entries, freshDist } from "./dist.ts";

/** What every browser has and the package may use; nothing of Node is among it. A browser's timers are numbers. Code with
 * `using` needs `Symbol.dispose`, which older browsers get from their users. */
function browser(hasDispose = true): vm.Context {
  const context = vm.createContext({
    AbortController,
    AbortSignal,
    clearTimeout,
    performance,
    ReadableStream,
    setTimeout: (callback: () => void, ms: number) => Number(setTimeout(callback, ms)),
    assert,
  });
  if (hasDispose) vm.runInContext(`Symbol.dispose ??= Symbol("Symbol.dispose");`, context);
  else vm.runInContext(`delete Symbol.dispose;`, context);
  return context;
}

/** Examples assert with Node's module, which a browser gets from outside. */
const assertFromOutside: Plugin = {
  name: "assert-from-outside",
  setup(build) {
    build.onResolve({ filter: /^node:assert(\/strict)?$/ }, () => ({ path: "assert", namespace: "outside" }));
    build.onLoad({ filter: /^assert$/, namespace: "outside" }, () => ({
      contents: "export default globalThis.assert;",
    }));
  },
};

/** Code with its imports, as a script whose value is a promise of the code's end. */
async function scriptOf(code: string): Promise<string> {
  const statement = /^\s*import\b[^;]*;\n?/gm;
  const imports = (code.match(statement) ?? []).join("");
  return bundleForBrowser(
    `${imports}\nexport const ended = (async () => {\n${code.replaceAll(statement, "")}\n})();`,
    { format: "iife", globalName: "example", plugins: [assertFromOutside] },
  );
}

const examples = allExamples().filter(({ entry }) => entry === entries[0]?.name);

beforeAll(freshDist, 60_000);

describe("the built package in a browser", () => {
  test("has examples to run", () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  test.for(examples.map((example) => [example.title, example.code] as const))(
    "runs the example of %s",
    async ([, code]) => {
      const context = browser();
      vm.runInContext(await scriptOf(code), context);
      await expect(vm.runInContext("example.ended", context)).resolves.toBeUndefined();
    },
  );

  test("where there is no Symbol.dispose, a permit is released by hand", async () => {
    const code = `
      import { Semaphore } from "yieldpoint";
      const semaphore = new Semaphore(1);
      const permit = await semaphore.acquire();
      assert.equal(semaphore.stats().held, 1);
      permit.release();
      assert.equal(semaphore.stats().held, 0);`;
    const context = browser(false);
    vm.runInContext(await scriptOf(code), context);
    await expect(vm.runInContext("example.ended", context)).resolves.toBeUndefined();
  });

  test("a pattern that needs Node would not build", async () => {
    await expect(bundleForBrowser(`import "node:timers";`)).rejects.toThrow(
      /Could not resolve "node:timers"/,
    );
  });
});
