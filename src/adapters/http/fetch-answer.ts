import type { Answer } from "./answer.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The answer of a fetch, whose body is watched as it is read. */
export class FetchAnswer implements Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly over: Promise<void>;
  readonly abort: (reason: unknown) => void;
  #response: Response | undefined;

  constructor(response: Response) {
    this.status = response.status;
    this.headers = response.headers;
    this.#response = response;
    this.over = Promise.resolve();
    this.abort = () => {};
    // Of another kind of fetch, it may be no web stream.
    if (typeof response.body?.getReader !== "function") return;

    const reader: Reader = response.body.getReader();
    const stop = (): void => undefined;
    this.over = reader.closed.then(stop, stop);
    let abort: ((reason: unknown) => void) | undefined;
    const body = bodyOf(reader, (controller) => {
      // Those who wait for the end must not keep alive what the caller has dropped.
      const weak = new WeakRef(controller);
      abort = (reason) => weak.deref()?.error(reason);
    });
    this.abort = (reason) => {
      abort?.(reason);
      release(reader, reason);
    };
    dropped.register(body, reader);
    this.#response = dress(response, body);
  }

  /** Hands the response over, once. */
  take(): Response {
    const response = this.#response as Response;
    this.#response = undefined;
    return response;
  }
}

// What the platform does for a response that nobody reads.
const dropped = /* @__PURE__ */ new FinalizationRegistry<Reader>((reader) => release(reader));

function release(reader: Reader, reason?: unknown): void {
  reader.cancel(reason).catch(() => {});
}

function bodyOf(
  reader: Reader,
  start: (controller: ReadableByteStreamController) => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    start,
    async pull(controller) {
      let step = await reader.read();
      // A byte stream takes no empty chunk.
      while (step.value?.byteLength === 0) step = await reader.read();
      if (step.value) {
        // Copied: what is given to a byte stream is taken from its owner, be it a pool.
        controller.enqueue(new Uint8Array(step.value));
      } else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

const SHOWN = ["status", "statusText", "ok", "url", "redirected", "type"] as const;

/** The response with another body: of the same class, and to look at the same. */
function dress(response: Response, body: ReadableStream<Uint8Array>): Response {
  const Kind = response.constructor as typeof Response;
  // Servers send statuses, and texts for them, that the constructor refuses.
  const { headers, status } = response;
  return show(new Kind(body, status < 600 ? { headers, status } : { headers }), response);
}

/** What the constructor cannot set. */
function show(to: Response, from: Response): Response {
  for (const name of SHOWN) Object.defineProperty(to, name, { value: from[name] });
  const clone = to.clone.bind(to);
  return Object.defineProperty(to, "clone", { value: () => show(clone(), to) });
}
