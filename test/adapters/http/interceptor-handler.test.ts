import { MockAgent, request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { resilience } from "yieldpoint/http";
import { complaints, flush, soon } from "../../support/waiting.ts";
import { idleAgent } from "./support/faces.ts";
import { Notes } from "./support/notes.ts";
import { Site, until } from "./support/site.ts";

const get = { path: "/", method: "GET" } as const;

/** Answers with chunks that arrive at once. */
function inOneSegment(...chunks: string[]): Promise<Site> {
  return Site.open((_, response) => {
    response.socket?.cork();
    for (const chunk of chunks) response.write(chunk);
    response.end();
    response.socket?.uncork();
  });
}

describe("resilience() and the handler of a request", () => {
  test("tells a handler of one answer, in order, whatever number of attempts there were", async () => {
    const site = await Site.open((_, response, n) => {
      response.writeHead(n < 3 ? 503 : 200, { trailer: "sum" });
      response.write(`body ${n}`);
      response.addTrailers({ sum: "1" });
      response.end();
    });
    const notes = new Notes();
    idleAgent()
      .compose(resilience({ backoff: 1 }))
      .dispatch({ ...get, origin: site.origin }, notes);
    await soon(notes.over.promise, "the end of the answer");
    expect(notes.told).toStrictEqual(["request", "start 200", "data body 3", 'end {"sum":"1"}']);
    expect(site.requests).toHaveLength(3);
  });

  test("shows the raw headers and trailers of the answer that is given", async () => {
    const site = await Site.open((_, response) => {
      response.setHeader("x-raw", "1");
      response.end();
    });
    const notes = new Notes();
    idleAgent()
      .compose(resilience())
      .dispatch({ ...get, origin: site.origin }, notes);
    expect([notes.controller.rawHeaders, notes.controller.rawTrailers]).toStrictEqual([null, null]);
    notes.controller.rawHeaders = notes.controller.rawTrailers = [];
    expect(notes.controller.rawHeaders).toBe(null);
    await notes.over.promise;
    expect((notes.controller.rawHeaders as Buffer[]).map(String)).toContain("x-raw");
    expect(notes.controller.rawTrailers).toStrictEqual([]);
    const [headers, trailers] = [["a"], ["b"]];
    notes.controller.rawHeaders = headers;
    notes.controller.rawTrailers = trailers;
    expect([notes.controller.rawHeaders, notes.controller.rawTrailers]).toStrictEqual([headers, trailers]);
  });

  test("stays paused when the handler pauses, before the answer or at it", async () => {
    const site = await Site.open((_, response) => response.end("body"));
    const dispatcher = idleAgent().compose(resilience());
    for (const when of ["before", "at it"]) {
      const notes = new Notes();
      notes.onResponseStart = (controller) => {
        notes.told.push("start");
        if (when === "at it") controller.pause();
      };
      dispatcher.dispatch({ ...get, origin: site.origin }, notes);
      if (when === "before") notes.controller.pause();
      await until(() => notes.told.includes("start"), "the answer");
      for (let turn = 0; turn < 20; turn++) await flush();
      expect([notes.told, notes.controller.paused]).toStrictEqual([["request", "start"], true]);
      notes.controller.resume();
      expect(notes.controller.paused).toBe(false);
      await soon(notes.over.promise, "the rest of the answer");
      expect(notes.told.slice(2)).toStrictEqual(["data body", "end {}"]);
    }
  });

  test("stays paused when the handler pauses in the middle of a body", async () => {
    const site = await inOneSegment("one", "two");
    const notes = new Notes();
    const tell = notes.onResponseData.bind(notes);
    notes.onResponseData = (controller, chunk) => {
      tell(controller, chunk);
      controller.pause();
    };
    idleAgent()
      .compose(resilience())
      .dispatch({ ...get, origin: site.origin }, notes);
    await until(() => notes.told.includes("data one"), "the first chunk");
    for (let turn = 0; turn < 20; turn++) await flush();
    expect([notes.told, notes.controller.paused]).toStrictEqual([["request", "start 200", "data one"], true]);
    notes.onResponseData = tell;
    notes.controller.resume();
    await soon(notes.over.promise, "the rest of the answer");
    expect(notes.told.slice(3)).toStrictEqual(["data two", "end {}"]);
  });

  test("can be aborted through the controller at any time, and says so", async () => {
    const site = await Site.open((requested, response) => {
      if (requested.url === "/body") response.write("begun");
    });
    const dispatcher = idleAgent().compose(resilience());
    const reason = new Error("enough");
    for (const path of ["/headers", "/body"]) {
      const notes = new Notes();
      dispatcher.dispatch({ ...get, path, origin: site.origin }, notes);
      expect([notes.controller.aborted, notes.controller.reason]).toStrictEqual([false, null]);
      await until(() => site.busy === 1 && (path === "/headers" || notes.told.includes("data begun")), "it");
      notes.controller.abort(reason);
      expect([notes.controller.aborted, notes.controller.reason]).toStrictEqual([true, reason]);
      await notes.over.promise;
      expect(notes.error).toBe(reason);
      expect(notes.told.filter((each) => each === "error")).toHaveLength(1);
      await until(() => site.busy === 0, "the request to be over");
    }
  });

  test("tells nothing more but the error once the handler has aborted", async () => {
    const site = await inOneSegment("one", "two", "three");
    const notes = new Notes();
    const tell = notes.onResponseData.bind(notes);
    notes.onResponseData = (controller, chunk) => {
      tell(controller, chunk);
      controller.abort(new Error("enough"));
    };
    idleAgent()
      .compose(resilience())
      .dispatch({ ...get, origin: site.origin }, notes);
    await notes.over.promise;
    await flush();
    expect(notes.told).toStrictEqual(["request", "start 200", "data one", "error"]);
  });

  test("makes no call where the handler aborts at the start", async () => {
    const site = await Site.open((_, response) => response.end());
    const notes = new Notes();
    const reason = new Error("never mind");
    notes.onRequestStart = (controller) => controller.abort(reason);
    idleAgent()
      .compose(resilience())
      .dispatch({ ...get, origin: site.origin }, notes);
    await notes.over.promise;
    expect([notes.told, notes.error, site.requests]).toStrictEqual([["error"], reason, []]);
  });
});

describe("resilience() with a dispatcher that cannot be paused", () => {
  function mocked(): MockAgent {
    const agent = new MockAgent();
    agent.disableNetConnect();
    onTestFinished(() => agent.close());
    return agent;
  }

  test("loses nothing of the answer, and drops all of those before", async () => {
    const agent = mocked();
    const pool = agent.get("http://a.example");
    pool.intercept({ path: "/" }).reply(503, "busy").times(2);
    pool.intercept({ path: "/" }).reply(200, "whole body", { trailers: { sum: "1" } });
    const dispatcher = agent.compose(resilience({ backoff: 1 }));
    const { statusCode, body, trailers } = await request("http://a.example/", { dispatcher });
    expect([statusCode, await body.text(), trailers]).toStrictEqual([200, "whole body", { sum: "1" }]);
  });

  test("repeats its errors by their code", async () => {
    const agent = mocked();
    const pool = agent.get("http://a.example");
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    pool.intercept({ path: "/" }).replyWithError(reset);
    pool.intercept({ path: "/" }).reply(200, "fine");
    const dispatcher = agent.compose(resilience({ backoff: 1 }));
    const { body } = await request("http://a.example/", { dispatcher });
    expect(await body.text()).toBe("fine");
  });
});

describe("resilience() and a handler that throws", () => {
  test.for(["GET", "HEAD"] as const)("ends a %s with what it has thrown", async (method) => {
    const site = await Site.open((_, response) => {
      response.writeHead(200, { "content-length": "4" });
      if (method === "HEAD") response.end();
      else response.write("be");
    });
    const found = await complaints(async () => {
      const notes = new Notes();
      const reason = new Error("not so");
      notes.onResponseStart = () => {
        throw reason;
      };
      idleAgent()
        .compose(resilience())
        .dispatch({ ...get, method, origin: site.origin }, notes);
      await notes.over.promise;
      expect([notes.told, notes.error]).toStrictEqual([["request", "error"], reason]);
    });
    expect(found).toStrictEqual([]);
    expect(site.requests).toHaveLength(1);
  });
});
