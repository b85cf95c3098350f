// A real HTTP server for the examples that talk to one.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { getGlobalDispatcher } from "undici";

export interface Server {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts a server on a free port of this machine. Close it, or the script never ends. */
export async function serve(
  answer: (incoming: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<Server> {
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("serve: the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      // undici keeps its connections for further requests, and the server waits until they are closed.
      await getGlobalDispatcher().close();
      server.close();
      await once(server, "close");
    },
  };
}
