import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { timeout } from "yieldpoint";
import { findCommand } from "./find-command.ts";

/** How to come by one. */
export const howToGetChromium =
  "install Chromium or Chrome (Debian: apt-get install chromium), or name its program in CHROMIUM";

/** A Chromium or Chrome of this machine: the one that CHROMIUM names, or one that is installed. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM"];
  if (named) return findCommand(named);
  return findCommand(
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
    String.raw`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
  );
}

const flags = [
  "--headless",
  // The page is our own, and containers have no sandbox.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Runs a module in a page of a real browser; it hands over what it has found by the global function `report`.
 *
 * @param within milliseconds for all of it
 * @returns what was reported, by way of JSON
 * @throws Error when the page fails, when the browser ends, or when nothing is reported in time
 */
export async function runInPage(chromium: string, module: string, within = 30_000): Promise<unknown> {
  const profile = mkdtempSync(path.join(tmpdir(), "yieldpoint-chromium-"));
  const { server, url, reported } = await servePage(module);
  // On POSIX a group of its own, so that all of its processes can be ended at once.
  const detached = process.platform !== "win32";
  const args = [...flags, `--user-data-dir=${profile}`, url];
  const browser = spawn(chromium, args, { detached, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  browser.stderr.on("data", (chunk) => (complaints += String(chunk)));
  const ended = once(browser, "close");
  try {
    const tooEarly = ended.then(() => Promise.reject(new Error("the browser ended by itself")));
    return await timeout(() => Promise.race([reported, tooEarly]), within);
  } catch (error) {
    throw new Error(`${(error as Error).message}; the browser said:\n${complaints}`, { cause: error });
  } finally {
    await end(browser, ended, detached);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Ends the browser, which then ends its own processes; if it does not, all of them at once. */
async function end(browser: ChildProcess, ended: Promise<unknown>, isGroup: boolean): Promise<void> {
  browser.kill();
  const { pid } = browser;
  const forced = setTimeout(() => pid && process.kill(isGroup ? -pid : pid, "SIGKILL"), 3_000);
  // One that could not be started has no end.
  await ended.catch(() => {});
  clearTimeout(forced);
}

const page = `<!doctype html>
<script>
  const send = (what) => void fetch("/report", { method: "POST", body: JSON.stringify(what) });
  const report = (value) => send({ value });
  addEventListener("error", ({ message }) => send({ error: message ?? "the module could not be loaded" }), true);
</script>
<script type="module" src="/module.js"></script>
`;

interface Served {
  readonly server: Server;
  readonly url: string;
  readonly reported: Promise<unknown>;
}

async function servePage(module: string): Promise<Served> {
  const server = createServer();
  const reported = new Promise((resolve, reject) => {
    server.on("request", (request, response) => {
      const answer = (type: string, body: string): void =>
        void response.setHeader("content-type", type).end(body);
      if (request.url === "/") return answer("text/html; charset=utf-8", page);
      if (request.url === "/module.js") return answer("text/javascript; charset=utf-8", module);
      if (request.url !== "/report") return void response.writeHead(404).end();
      text(request).then((body) => {
        answer("text/plain", "");
        const { value, error } = JSON.parse(body) as { value?: unknown; error?: string };
        if (error === undefined) resolve(value);
        else reject(new Error(`the page failed: ${error}`));
      }, reject);
    });
  });
  // Whoever fails before it is asked for is told by the race.
  reported.catch(() => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, reported };
}
