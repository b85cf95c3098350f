import { Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { Server as TlsServer, type TLSSocket } from "node:tls";

/** What can be drained: a server of `node:http`, `node:https`, `node:http2`, `node:tls` or `node:net`, or what is like one. */
export interface DrainableServer {
  close(callback: () => void): unknown;
  emit(event: string, ...args: never[]): boolean;
}

/** What is accepted, or handed over: Node lets any Duplex be a connection. */
type Stream = Duplex & Partial<Pick<TLSSocket, "alpnProtocol" | "bytesRead" | "destroySoon" | "pending">>;

/** A connection that speaks HTTP/1. */
interface Connection {
  readonly socket: Stream;
  /** What it owes, the oldest first: more than one where requests were sent without waiting for the answers. */
  readonly owed: ServerResponse[];
  /** The answer that says that it is the last one, and what takes that back. */
  last: { readonly response: ServerResponse; readonly takeBack: () => void } | undefined;
  /** Runs while it owes nothing. */
  timer: NodeJS.Timeout | undefined;
}

/** Knows what a server has accepted, and sees it to its end. */
export class ServerDrain {
  readonly #server: DrainableServer;
  readonly #linger: number;
  readonly #sockets = new Set<Stream>();
  readonly #connections = new Map<Stream, Connection>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** The event that a connection begins with on which HTTP/1 is spoken at once. */
  readonly #opening: string | undefined;
  #draining = false;
  readonly #uninstall: () => void;

  constructor(server: DrainableServer, linger: number) {
    this.#server = server;
    this.#linger = linger;
    if (server instanceof HttpServer) this.#opening = "connection";
    // One of node:https, or one of node:http2, which may speak HTTP/1, too.
    const secure = server instanceof TlsServer && "closeIdleConnections" in server;
    if (secure) this.#opening = "secureConnection";

    // Not by listening: with a listener for "upgrade" or "checkContinue", Node leaves to it what it would do by itself.
    const restore = rememberOwn(server, "emit");
    const emit: DrainableServer["emit"] = Reflect.get(server, "emit");
    const noting = (event: string, ...args: unknown[]): boolean => {
      this.#note(event, args);
      return Reflect.apply(emit, server, [event, ...args]);
    };
    Reflect.set(server, "emit", noting);
    this.#uninstall = () => {
      // Whoever has come on top of it calls it still.
      if (server.emit === noting) restore();
    };
  }

  uninstall(): void {
    this.#uninstall();
  }

  /**
   * Accepts no more connections, and resolves when those that there are have closed. What was asked is answered, with word that the
   * connection closes then; a connection that stays quiet is closed after a while, and not at once: the next request may be under way on it.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const connection of this.#connections.values()) this.#wind(connection);
    for (const session of this.#sessions) session.close();
    await new Promise<void>((resolve) => {
      if (this.#opening) closeToNewcomers(this.#server, resolve);
      else this.#server.close(() => resolve());
    });
    // The server does not count those that were handed to it by code.
    for (const socket of this.#sockets) {
      // One that was sent to another process never closes here.
      if (!socket.pending) await new Promise((resolve) => socket.once("close", resolve));
    }
  }

  /** Cuts off whatever is left. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
    // Those that it had before this drain was made.
    if (this.#opening) (this.#server as Partial<HttpServer>).closeAllConnections?.();
  }

  #note(event: string, [first, second]: unknown[]): void {
    switch (event) {
      case "connection":
      case "secureConnection":
        keep(this.#sockets, first as Stream);
        if (event === this.#opening && (first as Stream).alpnProtocol !== "h2") this.#open(first as Stream);
        break;
      case "session":
        keep(this.#sessions, first as ServerHttp2Session);
        if (this.#draining) (first as ServerHttp2Session).close();
        break;
      case "request":
      case "checkContinue":
      case "checkExpectation":
        // An HTTP/2 session winds down by itself.
        if ((first as IncomingMessage).httpVersionMajor === 1) this.#owe(second as ServerResponse);
        break;
      case "upgrade":
      case "connect":
        this.#forget(second as Stream);
        break;
      case "unknownProtocol":
        this.#forget(first as Stream);
    }
  }

  #open(socket: Stream): Connection {
    let connection = this.#connections.get(socket);
    if (!connection) {
      connection = { socket, owed: [], last: undefined, timer: undefined };
      this.#connections.set(socket, connection);
      socket.once("close", () => this.#forget(socket));
      if (this.#draining) this.#wind(connection);
    }
    return connection;
  }

  #owe(response: ServerResponse): void {
    const connection = this.#open(response.req.socket);
    const { owed } = connection;
    owed.push(response);
    response.once("close", () => {
      owed.splice(owed.indexOf(response), 1);
      if (this.#draining) this.#wind(connection);
    });
    if (this.#draining) this.#wind(connection);
  }

  /** Looks at a connection on which something has begun or ended while the server drains. */
  #wind(connection: Connection): void {
    clearTimeout(connection.timer);
    connection.timer = undefined;
    const next = connection.owed.at(-1);
    if (!next) {
      this.#closeIfQuiet(connection);
    } else if (!next.headersSent) {
      // Where that was another one, it is the last no more.
      if (connection.last?.response.headersSent === false) connection.last.takeBack();
      connection.last = { response: next, takeBack: sayClose(next) };
    }
  }

  #closeIfQuiet(connection: Connection, wait = this.#linger): void {
    const { socket } = connection;
    if (socket.destroyed) return;
    const { bytesRead } = socket;
    // The longest that a timer can be; one that is longer fires at once.
    const step = Math.min(wait, 2_147_483_647);
    const timer = setTimeout(() => {
      // After the loop has looked for what has arrived meanwhile: it may have been kept busy.
      setImmediate(() => {
        if (connection.timer !== timer) return;
        // The head of a request may be on its way.
        if (socket.bytesRead !== bytesRead) this.#closeIfQuiet(connection);
        else if (wait > step) this.#closeIfQuiet(connection, wait - step);
        else if (socket.destroySoon) socket.destroySoon();
        else socket.destroy();
      });
    }, step);
    connection.timer = timer;
  }

  /** Leaves a connection to itself: it has closed, or speaks something else from now on. */
  #forget(socket: Stream): void {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    clearTimeout(connection?.timer);
    if (connection) connection.timer = undefined;
  }
}

/** Lets an answer say that the connection closes after it. Gives what takes that back. */
function sayClose(response: ServerResponse): () => void {
  const { shouldKeepAlive } = response;
  const own = response.getHeader("connection");
  // Not by a header: where one is set, writeHead() keeps only the last of several of one name that it is given in an array.
  response.shouldKeepAlive = false;
  if (own !== undefined) response.setHeader("connection", "close");
  return () => {
    response.shouldKeepAlive = shouldKeepAlive;
    if (own !== undefined) response.setHeader("connection", own);
  };
}

/** Does what the close of a server that speaks HTTP/1 does, but for cutting the quiet connections off. */
function closeToNewcomers(server: DrainableServer, done: () => void): void {
  const restore = rememberOwn(server, "closeIdleConnections");
  Reflect.set(server, "closeIdleConnections", () => {});
  if (server instanceof HttpServer || server instanceof HttpsServer) {
    HttpServer.prototype.close.call(server, () => done());
  } else {
    server.close(() => done());
  }
  restore();
}

/** Remembers a property, and whether it is the object's own. */
function rememberOwn(object: object, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(object, name);
  return () => {
    if (before) Object.defineProperty(object, name, before);
    else Reflect.deleteProperty(object, name);
  };
}

/** Keeps what emits "close" until then. */
function keep<T extends Stream | ServerHttp2Session>(all: Set<T>, each: T): void {
  // It may have been handed over too late, and emits it no more.
  if (each.destroyed) return;
  all.add(each);
  each.once("close", () => all.delete(each));
}
