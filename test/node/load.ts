import { Agent, get } from "node:http";

/** What the server answers to /<id>: large enough for several writes. */
export function bodyOf(id: string): string {
  return `${id} `.repeat(2_000);
}

/** A request that got no whole answer. */
export interface Lost {
  readonly id: string;
  readonly code: string;
  /** Whether it went over a connection that had served another before. */
  readonly reused: boolean;
}

export interface Load {
  readonly answered: Set<string>;
  readonly lost: Lost[];
  /** Resolves when so many are answered. */
  readonly atLeast: (count: number) => Promise<void>;
  /** Resolves when no client gets through any more. */
  readonly over: Promise<unknown>;
}

/** Clients that ask for one thing after the other, each over a connection that it keeps, until one is not answered. */
export function startLoad(port: number, clients: number): Load {
  const answered = new Set<string>();
  const lost: Lost[] = [];
  const waiting = new Set<() => void>();
  const ask = async (client: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; ; n++) {
      const id = `${client}-${n}`;
      const result = await fetchOnce(port, id, agent);
      if (result) {
        lost.push(result);
        break;
      }
      answered.add(id);
      for (const look of waiting) look();
    }
    agent.destroy();
  };
  return {
    answered,
    lost,
    atLeast: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (answered.size >= count) resolve();
        };
        waiting.add(look);
        look();
      }),
    over: Promise.all(Array.from({ length: clients }, (_, client) => ask(client))),
  };
}

/** Undefined when the answer was whole. */
export function fetchOnce(port: number, id: string, agent?: Agent): Promise<Lost | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: `/${id}`, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("error", fail);
      response.once("close", () => {
        if (response.complete && body === bodyOf(id)) resolve(undefined);
        else fail({ code: "INCOMPLETE" });
      });
    });
    const fail = ({ code = "" }: { code?: string }): void =>
      resolve({ id, code, reused: request.reusedSocket });
    request.once("error", fail);
  });
}
