/**
 * A timeout stops a request only if the request is handed the signal.
 *
 * Clock: real, the requests go to a real HTTP server
 * Patterns: timeout
 */
import { EventEmitter, once } from "node:events";
import { request } from "undici";
import { timeout } from "yieldpoint";
import { serve } from "../serve.ts";
import { say } from "../story.ts";

// A slow endpoint: it works for 600 ms before it answers. It can notice that nobody waits any longer: the
// connection is closed before the answer was written.
const work = new EventEmitter();
const server = await serve((_incoming, response) => {
  const timer = setTimeout(() => {
    say("server: the report is done, and is sent");
    response.end("report");
  }, 600);
  response.on("close", () => {
    if (!response.writableEnded) {
      clearTimeout(timer);
      say("server: the client hung up, so the work is stopped");
    }
    work.emit("over");
  });
});

// Without the signal. The caller gets a TimeoutError at the deadline, but nobody told undici: the request
// goes on, the server works on, and its report is read and thrown away.
await timeout(async () => {
  const { body } = await request(server.url);
  return body.text();
}, 300).catch((error: unknown) => say(`client, without the signal: ${String(error)}`));
await once(work, "over");

// With the signal. It aborts at the deadline, undici closes the connection, and the server knows.
await timeout(async ({ signal }) => {
  const { body } = await request(server.url, { signal });
  return body.text();
}, 300).catch((error: unknown) => say(`client, with the signal: ${String(error)}`));
await once(work, "over");

await server.close();
