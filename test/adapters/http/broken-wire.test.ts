import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { flush, rejection, soon } from "../../support/waiting.ts";
import { client, faces } from "./support/faces.ts";
import { Site, until } from "./support/site.ts";

describe.each(faces)("%s", (face) => {
  test("repeats where the answer is no HTTP, and where it breaks off in its headers", async () => {
    const site = await Site.open(({ socket }, response, n) => {
      if (n === 1) socket.end("220 mail.example ESMTP\r\n");
      else if (n === 2) socket.end("HTTP/1.1 200 OK\r\nconte");
      else response.end("at last");
    });
    const reply = await client(face)(site.origin);
    expect(await reply.text()).toBe("at last");
    expect(site.requests).toHaveLength(3);
  });

  test("takes headers that come drop by drop for slow ones: the time is for all of them", async () => {
    const drip = ({ socket }: IncomingMessage): void => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const dripping = setInterval(() => socket.write("x-drop: 1\r\n"), 10);
      socket.once("close", () => clearInterval(dripping));
    };
    const site = await Site.open((request, response, n) => {
      if (n === 1) drip(request);
      else response.end("quick");
    });
    const asked = client(face, { timeout: 300 })(site.origin);
    const reply = await soon(asked, "the answer to another attempt");
    expect(await reply.text()).toBe("quick");
    expect(site.requests).toHaveLength(2);
    await until(() => site.busy === 0, "the slow one to be over");
  });

  test("fails where the body ends before its length, and does not repeat it", async () => {
    const site = await Site.open(({ socket }, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => socket.end());
    });
    const reply = await client(face)(site.origin);
    expect(reply.status).toBe(200);
    await rejection(reply.text());
    expect(site.requests).toHaveLength(1);
  });

  test("fails where a chunk of the body is none, and frees the slot", async () => {
    const site = await Site.open(({ socket }, response, n) => {
      if (n > 1) response.end("next");
      else socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\nnot a length\r\n");
    });
    const call = client(face, { bulkhead: { concurrency: 1, maxQueue: 1 } });
    await rejection((await call(site.origin)).text());
    const next = await soon(call(site.origin), "the slot");
    expect(await next.text()).toBe("next");
    expect(site.requests).toHaveLength(2);
  });

  test("does not send POST again where a kept connection is closed instead of an answer", async () => {
    const site = await Site.open(({ socket }, response, n) => {
      if (n === 2) socket.destroy();
      else response.end(`answer ${n}`);
    });
    const call = client(face);
    expect(await (await call(site.origin)).text()).toBe("answer 1");
    await flush();
    await rejection(call(site.origin, { method: "POST", body: "order" }));
    expect(site.requests).toStrictEqual(["GET /", "POST /"]);
    expect(site.connections).toBe(1);
  });
});
