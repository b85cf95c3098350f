import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { expect, test } from "vitest";

const script = path.resolve(import.meta.dirname, "../../fixtures/course/judge-loop.ts");

/** Whether any process of a group is alive; a zombie whose parent has not asked yet counts as alive too. */
function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

// Windows knows no process groups to look for survivors in.
test.runIf(process.platform !== "win32")(
  "a tool that was killed leaves no worker behind, looping or waiting",
  async () => {
    const tool = spawn(process.execPath, ["--import", "tsx", script], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const group = tool.pid ?? Number.NaN;
    await once(tool.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    process.kill(group, "SIGKILL");
    await once(tool, "exit");
    expect(isGroupAlive(group)).toBe(true);
    await expect.poll(() => isGroupAlive(group), { timeout: 10_000 }).toBe(false);
  },
  20_000,
);
