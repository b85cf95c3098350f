import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { gracefulShutdown, type GracefulShutdown, type GracefulShutdownOptions } from "yieldpoint/node";
import { onTestFinished, vi } from "vitest";

/** A shutdown that ends no process, and what it would have ended with. */
export function installed(options: GracefulShutdownOptions = {}): {
  readonly shutdown: GracefulShutdown;
  readonly codes: number[];
} {
  const codes: number[] = [];
  const shutdown = gracefulShutdown({
    signals: [],
    linger: 30,
    onError: () => {},
    exit: (code) => void codes.push(code),
    ...options,
  });
  onTestFinished(() => shutdown[Symbol.dispose]());
  return { shutdown, codes };
}

/** Lets a server listen on a free port of 127.0.0.1. */
export async function listening(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Hands its connections on to another server, whether that listens or not. */
export async function handingOn(to: Server): Promise<number> {
  return listening(createServer((socket) => void to.emit("connection", socket)));
}

/** A client that speaks by hand. */
export class Line {
  readonly socket: Socket;
  text = "";
  /** Resolves when the connection has closed, however. */
  readonly closed: Promise<unknown>;
  #look = (): void => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      this.text += chunk;
      this.#look();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
  }

  static async open(port: number): Promise<Line> {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return new Line(socket);
  }

  /** Sends the head of a request, with a body if there is one. */
  ask(path: string, headers: readonly string[] = [], body = ""): void {
    this.socket.write([`GET ${path} HTTP/1.1`, "Host: test", ...headers, "", body].join("\r\n"));
  }

  /** Waits until it has heard this. */
  async hears(what: string | RegExp): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.text.search(what) >= 0) resolve();
      };
      this.#look();
    });
  }

  /** The `Connection` headers heard so far, in order. */
  get connectionHeaders(): string[] {
    return [...this.text.matchAll(/^connection: (\S+)/gim)].map(([, value = ""]) => value);
  }
}

/** From now on, the delays of the timers that code arms by the global `setTimeout` and that still run: none of Node's or the runner's own. */
export function watchTimers(): () => number[] {
  const armed = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => armed.mockRestore());
  return () =>
    armed.mock.results.flatMap(({ value }, index) => {
      const isOver = (value as { readonly _destroyed: boolean })._destroyed;
      return isOver ? [] : [Number(armed.mock.calls[index]?.[1])];
    });
}
