import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";

/** Answers the nth request, from 1. */
export type Answering = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A real server on 127.0.0.1 that is there until the test ends, and then looks whether a connection was left open. */
export class Site {
  static #sites = 0;
  /** What came in, in order: `GET /path`. */
  readonly requests: string[] = [];
  /** When, on performance.now(). */
  readonly times: number[] = [];
  /** How many connections were made so far. */
  connections = 0;
  /** How many requests are not over: answered in full, or given up by the client. */
  busy = 0;
  readonly #open = new Set<Duplex>();
  readonly #server;

  constructor(answering: Answering) {
    this.#server = createServer((request, response) => {
      this.times.push(performance.now());
      this.busy++;
      response.on("close", () => this.busy--);
      const n = this.requests.push(`${request.method} ${request.url}`);
      answering(request, response, n);
    });
    this.#server.on("connection", (socket: Duplex) => {
      this.connections++;
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
      socket.on("error", () => {});
    });
  }

  static async open(answering: Answering): Promise<Site> {
    Site.#sites++;
    const site = new Site(answering);
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => site.close());
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  onUpgrade(listener: (request: IncomingMessage, socket: Duplex) => void): void {
    this.#server.on("upgrade", listener);
  }

  /** Fails where a client has left a connection open: the clients are closed first. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await until(() => this.#open.size === 0, "every connection to be closed");
    await closed;
    if (--Site.#sites > 0) return;
    // Those of the clients are in this process, too.
    await until(() => !process.getActiveResourcesInfo().includes("TCPSocketWrap"), "every socket to be gone");
  }
}

/** Waits for something that is about to happen. */
export async function until(happened: () => boolean, what: string, within = 3_000): Promise<void> {
  const end = performance.now() + within;
  while (!happened()) {
    if (performance.now() > end) expect.fail(`waited in vain for ${what}`);
    await delay(5);
  }
}

/** An origin where nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
