import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { fetchOnce, startLoad } from "./load.ts";
import type { Settings } from "./shutdown-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = fileURLToPath(new URL("shutdown-process.ts", import.meta.url));

/** Starts a process that shuts down gracefully, and gives it when it is ready. */
async function start(settings: Settings) {
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(settings)], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  let errors = "";
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
    for (const look of looks) look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const lines = (): string[] => out.split("\n").slice(0, -1);
  const says = (line: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines().find((each) => line.test(each));
        if (found !== undefined) resolve(found);
      };
      looks.add(look);
      look();
    });
  const closed = once(child, "close") as Promise<[code: number | null, signal: string | null]>;
  const port = Number((await says(/^ready/)).split(" ")[1]);
  return {
    port,
    says,
    lines,
    closed,
    errors: () => errors,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
}

describe("gracefulShutdown() in a process", { timeout: 60_000 }, () => {
  test.each(["SIGTERM", "SIGINT"] as const)("loses no accepted request under load at %s", async (signal) => {
    // Longer than this machine may ever keep a client from asking again.
    const child = await start({ server: true, steps: ["first", "last"], linger: 5_000, deadline: 50_000 });
    const load = startLoad(child.port, 24);
    await load.atLeast(400);
    const before = load.answered.size;
    child.kill(signal);
    expect(await child.closed).toEqual([0, null]);
    await load.over;

    const asked = child.lines().flatMap((line) => line.match(/^asked (.+)$/)?.[1] ?? []);
    expect(asked.filter((id) => !load.answered.has(id))).toEqual([]);
    expect(load.answered.size).toBe(asked.length);
    // Some were in flight, and each client was told to leave its connection before that was closed.
    expect(load.answered.size).toBeGreaterThan(before);
    expect(load.lost).toHaveLength(24);
    expect(load.lost.filter(({ reused }) => reused)).toEqual([]);
    expect(load.lost.filter(({ code }) => code !== "ECONNREFUSED" && code !== "ECONNRESET")).toEqual([]);
    // The steps come after the last answer, in order.
    expect(child.lines().slice(-2)).toEqual(["first", "last"]);
    expect(child.errors()).toBe("");
  });

  test("runs the steps without a server, and ends the process although a timer would keep it alive", async () => {
    const child = await start({ server: false, steps: ["last", "first"] });
    child.kill("SIGTERM");
    expect(await child.closed).toEqual([0, null]);
    expect(child.lines()).toEqual(["ready", "last", "first"]);
  });

  test("a failing step stops no other, is told on stderr, and makes the exit code 1", async () => {
    const child = await start({ server: true, steps: ["first", "failing", "last"] });
    child.kill("SIGTERM");
    expect(await child.closed).toEqual([1, null]);
    expect(child.lines().slice(1)).toEqual(["first", "last"]);
    expect(child.errors()).toMatch(/^gracefulShutdown: failing failed: Error: disk full/);
  });

  test("at the deadline it ends with code 1, a request and all", async () => {
    const child = await start({ server: true, steps: ["first"], deadline: 300 });
    const hanging = fetchOnce(child.port, "hang");
    await child.says(/^asked hang/);
    child.kill("SIGTERM");
    expect(await child.closed).toEqual([1, null]);
    expect(await hanging).toMatchObject({ id: "hang", code: "ECONNRESET" });
    expect(child.lines()).not.toContain("first");
    expect(child.errors()).toMatch(/server failed: TimeoutError: the task was not over after 300 ms/);
  });

  test("at the deadline the step that hangs is told, and those after it are not run", async () => {
    const child = await start({ server: true, steps: ["hanging", "last"], deadline: 300 });
    child.kill("SIGTERM");
    expect(await child.closed).toEqual([1, null]);
    expect(child.lines().slice(1)).toEqual(["hanging", "told TimeoutError"]);
    expect(child.errors()).toMatch(/hanging failed: TimeoutError/);
  });

  test.each([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGTERM", "SIGINT", 130],
    ["SIGINT", "SIGINT", 130],
  ] as const)("after %s, a second signal (%s) forces the end with code %i", async (first, second, code) => {
    const child = await start({ server: true, steps: ["hanging"], deadline: 50_000 });
    child.kill(first);
    await child.says(/^hanging/);
    child.kill(second);
    expect(await child.closed).toEqual([code, null]);
    expect(child.lines().slice(1)).toEqual(["hanging", "told AbortError"]);
    expect(child.errors()).toBe("");
  });

  test("a second signal cuts off a request in flight", async () => {
    const child = await start({ server: true, steps: ["first"], deadline: 50_000 });
    const hanging = fetchOnce(child.port, "hang");
    await child.says(/^asked hang/);
    child.kill("SIGTERM");
    // It drains now: it does not accept any more.
    while (!(await fetchOnce(child.port, "knock"))) continue;
    child.kill("SIGTERM");
    expect(await child.closed).toEqual([143, null]);
    expect(await hanging).toMatchObject({ code: "ECONNRESET" });
    expect(child.lines()).not.toContain("first");
  });
});
