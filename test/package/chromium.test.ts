import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleForBrowser } from "./bundle.ts";
import { findChromium, howToGetChromium, runInPage } from "./chromium.ts";
import { freshDist } from "./dist.ts";
import { builtExports, passed } from "./platform.ts";

const found = findChromium();
const isRequired = Boolean(process.env["YIELDPOINT_REQUIRE_CHROMIUM"]);
if (found === undefined && !isRequired) {
  console.warn(`Nothing is tried in a real browser: none was found; ${howToGetChromium}.`);
}

describe.skipIf(found === undefined && !isRequired)("in a real Chromium", { timeout: 60_000 }, () => {
  let chromium: string;
  let profiles: string[];

  const profilesLeft = (): string[] =>
    readdirSync(tmpdir()).filter(
      (name) => name.startsWith("yieldpoint-chromium-") && !profiles.includes(name),
    );

  beforeAll(async () => {
    if (found === undefined) throw new Error(`no Chromium was found; ${howToGetChromium}`);
    chromium = found;
    profiles = readdirSync(tmpdir());
    await freshDist();
  }, 60_000);

  test("every export of the built package does its basic thing", async () => {
    const module = await bundleForBrowser(
      `import { smoke } from "./test/package/smoke/index.ts"; report(await smoke());`,
    );
    expect(await runInPage(chromium, module)).toEqual({
      results: passed(await builtExports()),
      unhandled: [],
      timerHandle: "number",
    });
    expect(profilesLeft()).toEqual([]);
  });

  test("a page that fails is told with its error", async () => {
    await expect(runInPage(chromium, `null.nothing;`)).rejects.toThrow(/^the page failed: .*null/);
  });

  test("one that reports nothing is given up", async () => {
    await expect(runInPage(chromium, "", 50)).rejects.toThrow(
      /^the task was not over after 50 ms; the browser/,
    );
    expect(profilesLeft()).toEqual([]);
  });
});
