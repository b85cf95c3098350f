import * as diagnostics from "node:diagnostics_channel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { virtualTime } from "yieldpoint/testing";
import { channel, tell, timed, type Channel } from "../../../src/patterns/core/diagnostics.ts";
import { flush, rejection } from "../../support/waiting.ts";

afterEach(() => vi.unstubAllGlobals());

/** A channel that notes what it is told. */
function fakeChannel(hasSubscribers: boolean) {
  const told: unknown[] = [];
  return { told, hasSubscribers, publish: (message: unknown) => void told.push(message) };
}

const source = { name: "source" };

describe("channel()", () => {
  test("is the runtime's own channel of that name", () => {
    expect(channel("test")).toBe(diagnostics.channel("yieldpoint:test"));
  });

  test.each([
    ["no process, as in browsers", undefined],
    ["a process that was put there for old packages", { env: {} }],
    ["an element whose id is process", { getBuiltinModule: undefined }],
    ["no such channels", { getBuiltinModule: () => undefined }],
  ])("is none where there is %s", (_what, process) => {
    vi.stubGlobal("process", process);
    expect(channel("test")).toBe(undefined);
  });

  test("asks for nothing but the channels", () => {
    const found = fakeChannel(false);
    const getBuiltinModule = vi.fn<(id: string) => { channel: (name: string) => Channel }>(() => ({
      channel: () => found,
    }));
    vi.stubGlobal("process", { getBuiltinModule });
    expect(channel("test")).toBe(found);
    expect(getBuiltinModule.mock.calls).toEqual([["diagnostics_channel"]]);
  });
});

describe("tell()", () => {
  test("tells what happened, to whom, and what more there is", () => {
    const told = fakeChannel(true);
    tell(told, source, "closed");
    tell(told, source, "grown", { from: 1, to: 2 });
    expect(told.told).toStrictEqual([
      { event: "closed", source },
      { event: "grown", source, from: 1, to: 2 },
    ]);
  });

  test.each([["nobody listens", fakeChannel(false)] as const, ["it is to be silent", null] as const])(
    "tells nothing where %s",
    (_what, told) => {
      tell(told, source, "closed");
      expect(told?.told ?? []).toEqual([]);
    },
  );

  test("tells nothing where there is no channel", () => {
    expect(() => tell(undefined, source, "closed")).not.toThrow();
  });
});

describe("timed()", () => {
  test.each([
    ["nobody listens", fakeChannel(false)],
    ["it is to be silent", null],
    ["there is no channel", undefined],
  ])("gives the promise itself, and reads no clock, where %s", (_what, told) => {
    const now = vi.spyOn(performance, "now");
    const turn = Promise.resolve(1);
    expect(timed(told, source, turn)).toBe(turn);
    expect(now).not.toHaveBeenCalled();
    now.mockRestore();
    expect(told?.told ?? []).toEqual([]);
  });

  test("tells at once that somebody waits, and at the end for how long", async () => {
    using clock = virtualTime();
    const told = fakeChannel(true);
    const turn = new Promise<string>((resolve) => setTimeout(resolve, 250, "mine"));
    const timing = timed(told, source, turn);
    expect(told.told).toStrictEqual([{ event: "queued", source }]);
    await clock.advance(249);
    expect(told.told).toHaveLength(1);
    await clock.advance(1);
    expect(await timing).toBe("mine");
    expect(told.told).toStrictEqual([
      { event: "queued", source },
      { event: "granted", source, wait: 250 },
    ]);
  });

  test.each([new Error("aborted"), undefined])(
    "a wait that ends with %s is left, and fails as before",
    async (reason) => {
      using clock = virtualTime();
      const told = fakeChannel(true);
      const turn = new Promise<string>((_resolve, reject) => setTimeout(reject, 40, reason));
      const timing = rejection(timed(told, source, turn));
      await clock.advance(40);
      expect(await timing).toBe(reason);
      expect(told.told).toStrictEqual([
        { event: "queued", source },
        { event: "left", source, wait: 40 },
      ]);
    },
  );

  test("a failure that nobody handles is reported once, and one that is handled never", async () => {
    const reported: unknown[] = [];
    const note = (reason: unknown): void => void reported.push(reason);
    process.on("unhandledRejection", note);
    try {
      void timed(fakeChannel(true), source, Promise.reject(new Error("unhandled")));
      await rejection(timed(fakeChannel(true), source, Promise.reject(new Error("handled"))));
      for (let turn = 0; turn < 3; turn++) await flush();
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(reported).toEqual([new Error("unhandled")]);
  });
});
