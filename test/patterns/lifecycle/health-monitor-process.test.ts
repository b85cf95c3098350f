import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

// A process that does not end is ended by its own time limit, and that is the failure.
describe("HealthMonitor in a process", { timeout: 60_000 }, () => {
  const run = (options: string, end: string): Promise<string> => {
    const code = `
      import { HealthMonitor } from "yieldpoint";
      const monitor = new HealthMonitor({ checks: { db: () => {} }, ${options} });
      monitor.start();
      ${end}
      process.on("exit", () => console.log(Math.round(performance.now() - begun) < 5_000 ? "ended" : "late"));
      const begun = performance.now();
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", code];
    return promisify(execFile)(process.execPath, args, { cwd: root, timeout: 30_000 }).then(
      ({ stdout }) => stdout,
    );
  };

  test("keeps it alive until it is stopped", async () => {
    const end = `setTimeout(() => { console.log("alive"); monitor.stop(); }, 300).unref();`;
    expect(await run("interval: 60_000", end)).toBe("alive\nended\n");
  });

  test("lets it end with `unref`", async () => {
    const end = `setTimeout(() => console.log("alive"), 300).unref();`;
    expect(await run("interval: 60_000, unref: true", end)).toBe("ended\n");
  });
});
