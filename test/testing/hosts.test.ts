import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

test("virtual time works in a plain script, which then ends by itself", async () => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", "test/testing/fixtures/script.ts"], {
    cwd: root,
  });
  expect(stdout).toMatch(
    /^users {2}█{30} {3}t=60000 virtual ms\n120000 1 test\/testing\/fixtures\/script\.ts:14\nquick\n$/,
  );
});

describe("under Vitest", () => {
  let report: Report;
  beforeAll(async () => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--root", "test/testing/fixtures", "--reporter", "json"];
    const env = { ...process.env, VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined };
    // The run fails: so do most of its tests.
    const { stdout } = await run(process.execPath, args, { cwd: root, env }).catch(
      (error: { stdout: string }) => error,
    );
    report = JSON.parse(stdout) as Report;
  }, 60_000);

  function result(name: string): TestResult | undefined {
    return report.testResults[0]?.assertionResults.find(({ title }) => title === name);
  }

  test("a scenario passes in virtual time, also after others that failed or were cut off", () => {
    expect(result("passes")?.status).toBe("passed");
    expect(result("passes after all that")?.status).toBe("passed");
  });

  test("a wrong timeline is reported with the drawing, at the line of the spec", () => {
    const [message = ""] = result("wrong timeline")?.failureMessages ?? [];
    expect(message).toContain("users ended at 100 ms, expected 50 ms\n\nyou       users  ████");
    expect(message).toContain("The rule.\n");
    expect(/^\s+at .*$/m.exec(message)?.[0]).toMatch(/outcomes\.spec\.ts:17:/);
  });

  test("a fact is reported as the fact alone, at the line of the spec", () => {
    const [message = ""] = result("fact")?.failureMessages ?? [];
    expect(message).toMatch(/^FactError: the fact\n\s+at .*outcomes\.spec\.ts:24:/);
  });

  test("a scenario that is stuck is reported at the line where it was made", () => {
    const [message = ""] = result("stuck")?.failureMessages ?? [];
    expect(message).toMatch(/^StuckError: At t=0 virtual ms .*\n\s+at .*outcomes\.spec\.ts:30:/);
  });

  test("a rejection that floats in a scenario fails neither its test nor the run", () => {
    expect(result("floating")?.status).toBe("passed");
    expect(report.numFailedTests).toBe(4);
    expect(report.numPassedTests).toBe(3);
  });

  test("Vitest's own timeout still ends a test", () => {
    expect(result("times out")?.status).toBe("failed");
  });
});

interface Report {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
}

interface TestResult {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}
