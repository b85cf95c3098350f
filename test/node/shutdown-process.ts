// A process that shuts down when it is told to, for the tests to start. What it says goes to stdout at once, a line each.
import { writeSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gracefulShutdown, type GracefulShutdownOptions, type ShutdownStep } from "yieldpoint/node";
import { bodyOf } from "./load.ts";

const [, , what = ""] = process.argv;

export interface Settings extends Pick<GracefulShutdownOptions, "deadline" | "drain" | "linger"> {
  readonly server: boolean;
  readonly steps: readonly ("first" | "failing" | "last" | "hanging")[];
}

const never = new Promise<never>(() => {});

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Answers /<id> in three parts; /hang gets half an answer. */
async function answer(id: string, response: ServerResponse): Promise<void> {
  say(`asked ${id}`);
  await sleep(5);
  const body = bodyOf(id);
  response.write(body.slice(0, 100));
  if (id === "hang") await never;
  await sleep(5);
  response.write(body.slice(100, 2_000));
  response.end(body.slice(2_000));
}

const steps: Record<Settings["steps"][number], ShutdownStep> = {
  first: { name: "first", run: () => say("first") },
  failing: { name: "failing", run: () => Promise.reject(new Error("disk full")) },
  last: { name: "last", run: () => sleep(5).then(() => say("last")) },
  hanging: {
    name: "hanging",
    run({ signal }) {
      say("hanging");
      signal.addEventListener("abort", () => say(`told ${signal.reason.name}`));
      return never;
    },
  },
};

const { server: serves, steps: names, ...options } = JSON.parse(what) as Settings;
const server = serves
  ? createServer((request, response) => void answer(request.url?.slice(1) ?? "", response))
  : undefined;
gracefulShutdown({ ...options, server, steps: names.map((name) => steps[name]) });
if (server) {
  server.listen(0, "127.0.0.1", () => say(`ready ${(server.address() as AddressInfo).port}`));
} else {
  setInterval(() => {}, 60_000);
  say("ready");
}
