import { once } from "node:events";
import { Agent, createServer as createHttpsServer, get } from "node:https";
import {
  connect as connectHttp2,
  createSecureServer,
  createServer as createHttp2Server,
  type ClientHttp2Session,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import { text } from "node:stream/consumers";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { complaints, soon } from "../support/waiting.ts";
import { handingOn, installed, Line, listening } from "./shutdown-support.ts";

// Encrypted, but with nobody's name on it: that needs no certificate.
const secure = { ciphers: "aNULL@SECLEVEL=0", maxVersion: "TLSv1.2", rejectUnauthorized: false } as const;

/** The answer's body and its Connection header. */
async function fetchSecure(
  port: number,
  agent: Agent,
): Promise<[body: string, connection: string | undefined]> {
  const [response] = await once(get({ ...secure, host: "127.0.0.1", port, agent }), "response");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return [body, response.headers.connection];
}

function keepingAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

function session(address: string): ClientHttp2Session {
  const client = connectHttp2(address, secure);
  client.on("error", () => {});
  onTestFinished(() => client.destroy());
  return client;
}

/** The body of one answer, or the code of its failure. */
async function ask(client: ClientHttp2Session, path: string): Promise<string> {
  const stream = client.request({ ":path": path }).setEncoding("utf8");
  let body = "";
  try {
    for await (const chunk of stream) body += String(chunk);
    return body;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Answers in two parts, the second when it is told to. */
function halves(server: NodeJS.EventEmitter): {
  readonly begun: Promise<unknown>;
  readonly finish: () => void;
} {
  let finish!: () => void;
  const begun = new Promise((resolve) => {
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200 });
      stream.write("first ");
      finish = () => stream.end("second");
      resolve(undefined);
    });
  });
  return { begun, finish: () => finish() };
}

const hello = (_: unknown, response: { end(body: string): unknown }) => void response.end("hello");

describe.each([
  ["node:https", () => createHttpsServer(secure, hello)],
  ["node:http2 that allows HTTP/1", () => createSecureServer({ ...secure, allowHTTP1: true }, hello)],
])("a server of %s that drains", (_, create) => {
  test("answers what still comes on a connection that was kept alive", async () => {
    const server = create();
    const { shutdown } = installed({ server, linger: 60_000 });
    const port = await listening(server);
    const agent = keepingAgent();
    expect(await fetchSecure(port, agent)).toEqual(["hello", "keep-alive"]);
    const outcome = shutdown.start();
    expect(await fetchSecure(port, agent)).toEqual(["hello", "close"]);
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("closes a connection that stays quiet, also one on which nothing was ever asked", async () => {
    const server = create();
    const { shutdown } = installed({ server });
    const port = await listening(server);
    expect(await fetchSecure(port, keepingAgent())).toEqual(["hello", "keep-alive"]);
    const speculative = connectTls({ ...secure, host: "127.0.0.1", port });
    speculative.on("error", () => {});
    await Promise.all([once(speculative, "secureConnect"), once(server, "secureConnection")]);
    const closed = once(speculative, "close");
    expect(await shutdown.start()).toMatchObject({ code: 0 });
    await closed;
  });

  test("destroys a connection whose handshake is never over at the deadline", async () => {
    const server = create();
    const { shutdown } = installed({ server, deadline: 100 });
    const line = await Line.open(await listening(server));
    expect(await shutdown.start()).toMatchObject({ code: 1, failures: [{ name: "server" }] });
    await line.closed;
  });
});

describe("a server of node:http2 that drains", () => {
  test.each(["http", "https"])(
    "ends the streams of a session over %s, and refuses new ones",
    async (scheme) => {
      const server = scheme === "http" ? createHttp2Server() : createSecureServer(secure);
      const { begun, finish } = halves(server);
      const { shutdown } = installed({ server, linger: 0 });
      const client = session(`${scheme}://127.0.0.1:${await listening(server)}`);
      const answer = ask(client, "/1");
      await begun;
      const outcome = shutdown.start();
      await once(client, "goaway");
      expect(client.closed).toBe(true);
      setTimeout(finish, 100);
      expect(await answer).toBe("first second");
      expect(await outcome).toMatchObject({ code: 0 });
    },
  );

  test("refuses what was asked before the client has heard of it, so that it may be asked elsewhere", async () => {
    const server = createHttp2Server();
    const { begun, finish } = halves(server);
    const { shutdown } = installed({ server });
    const client = session(`http://127.0.0.1:${await listening(server)}`);
    const answer = ask(client, "/1");
    await begun;
    const outcome = shutdown.start();
    const late = ask(client, "/2");
    expect(await late).toBe("ERR_HTTP2_STREAM_ERROR");
    finish();
    expect(await answer).toBe("first second");
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("closes idle sessions at once, also one that begins meanwhile", async () => {
    const server = createHttp2Server();
    const { begun, finish } = halves(server);
    const { shutdown } = installed({ server });
    const address = `http://127.0.0.1:${await listening(server)}`;
    const handing = await handingOn(server);
    const answer = ask(session(address), "/1");
    await begun;
    const idle = session(address);
    await Promise.all([once(idle, "connect"), once(server, "session")]);
    const outcome = shutdown.start();
    await soon(once(idle, "close"), "the idle session to be closed");
    await soon(once(session(`http://127.0.0.1:${handing}`), "close"), "the late session to be closed");
    finish();
    expect(await answer).toBe("first second");
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test("says nothing in the headers of HTTP/2, where there is no such header", async () => {
    const server = createHttp2Server();
    const asked = new Promise<Http2ServerResponse>((resolve) => {
      server.once("request", (_, response) => resolve(response));
    });
    const { shutdown } = installed({ server });
    const answer = ask(session(`http://127.0.0.1:${await listening(server)}`), "/1");
    const response = await asked;
    const found = await complaints(async () => {
      const outcome = shutdown.start();
      response.end("whole");
      expect(await answer).toBe("whole");
      expect(await outcome).toMatchObject({ code: 0 });
    });
    expect(found).toEqual([]);
  });

  test("destroys the sessions at the deadline", async () => {
    const server = createHttp2Server();
    const { begun } = halves(server);
    const { shutdown } = installed({ server, deadline: 100 });
    const client = session(`http://127.0.0.1:${await listening(server)}`);
    const answer = ask(client, "/1");
    await begun;
    const closed = once(client, "close");
    expect(await shutdown.start()).toMatchObject({ code: 1 });
    await closed;
    expect(await answer).not.toBe("first second");
  });

  test("winds sessions down beside connections of HTTP/1", async () => {
    const server = createSecureServer({ ...secure, allowHTTP1: true }, hello);
    const { shutdown } = installed({ server });
    const port = await listening(server);
    const quiet = keepingAgent();
    const client = session(`https://127.0.0.1:${port}`);
    expect(await fetchSecure(port, quiet)).toEqual(["hello", "keep-alive"]);
    expect(await ask(client, "/")).toBe("hello");
    expect(await shutdown.start()).toMatchObject({ code: 0 });
  });

  test("leaves a connection to whoever takes it for another protocol", async () => {
    const server = createSecureServer(secure);
    server.on("unknownProtocol", (socket: TLSSocket) => {
      socket.write("hello");
      socket.on("data", (chunk) => socket.end(`heard ${String(chunk)}`));
    });
    const { shutdown } = installed({ server });
    const client = connectTls({ ...secure, host: "127.0.0.1", port: await listening(server) });
    onTestFinished(() => void client.destroy());
    await once(client, "data");
    const outcome = shutdown.start();
    setTimeout(() => client.write("bye"), 100);
    expect(await text(client)).toBe("heard bye");
    expect(await outcome).toMatchObject({ code: 0 });
  });

  test.each(["http", "https"])(
    "waits for the streams of a session over %s whose connection was handed over",
    async (scheme) => {
      const server = scheme === "http" ? createHttp2Server() : createSecureServer(secure);
      const { begun, finish } = halves(server);
      const { shutdown } = installed({ server });
      const answer = ask(session(`${scheme}://127.0.0.1:${await handingOn(server)}`), "/1");
      await begun;
      const outcome = shutdown.start();
      setTimeout(finish, 100);
      expect(await answer).toBe("first second");
      expect(await outcome).toMatchObject({ code: 0 });
    },
  );
});
