import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirePeer } from "../../src/testing/peer.ts";
import { dist, freshDist, root } from "../package/dist.ts";
import { runNode, type Ended } from "../package/packed.ts";

describe("with none of the optional peers installed", () => {
  let folder: string;
  beforeAll(async () => {
    await freshDist();
    folder = mkdtempSync(join(tmpdir(), "yieldpoint-peers-"));
    const installed = join(folder, "node_modules/yieldpoint");
    mkdirSync(installed, { recursive: true });
    cpSync(dist, join(installed, "dist"), { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(code: string): Promise<Ended> {
    writeFileSync(join(folder, "main.mjs"), code);
    return runNode(folder, "main.mjs");
  }

  test("yieldpoint/testing loads, and what needs no peer works", async () => {
    const { code, stdout, stderr } = await run(`
      import { leakCheck, recordTimeline } from "yieldpoint/testing";
      import { matchers } from "yieldpoint/testing/vitest";
      const recorder = recordTimeline({ now: 0 });
      await leakCheck(recorder.service("users", 1));
      console.log(matchers.toMatchTimeline(recorder, { users: [0, 0] }).pass);
    `);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "true\n", stderr: "" });
  });

  test("virtualTime() says what to install", async () => {
    const { stdout } = await run(`
      import { virtualTime } from "yieldpoint/testing";
      try { virtualTime(); } catch (error) { console.log(error.message); }
    `);
    expect(stdout).toBe(
      "virtualTime needs the package @sinonjs/fake-timers, which is not installed. " +
        "Install it: npm install --save-dev @sinonjs/fake-timers\n",
    );
  });

  test("interleavings() does without fast-check as long as the orders are few, and then says what to install", async () => {
    mkdirSync(join(folder, "node_modules/@sinonjs"), { recursive: true });
    for (const name of ["fake-timers", "commons"]) {
      cpSync(join(root, "node_modules/@sinonjs", name), join(folder, "node_modules/@sinonjs", name), {
        recursive: true,
      });
    }
    cpSync(join(root, "node_modules/type-detect"), join(folder, "node_modules/type-detect"), {
      recursive: true,
    });
    const { stdout } = await run(`
      import { interleavings } from "yieldpoint/testing";
      const body = ({ step }) => Promise.all([step("a"), step("b"), step("c")]);
      console.log((await interleavings(body, { limit: 6 })).orders);
      await interleavings(body, { limit: 5 }).catch((error) => console.log(error.message));
    `);
    expect(stdout).toBe(
      "6\ninterleavings, to draw from more than 5 orders, needs the package fast-check, which is not installed. " +
        "Install it: npm install --save-dev fast-check\n",
    );
  });
});

describe("a peer", () => {
  const folder = mkdtempSync(join(tmpdir(), "yieldpoint-peer-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function peer(name: string, code: string): string {
    const file = join(folder, name);
    writeFileSync(file, code);
    return file;
  }

  test("is loaded at once", () => {
    expect(requirePeer(peer("good.cjs", "module.exports = { answer: 42 };"), "It")).toEqual({ answer: 42 });
  });

  test("that is missing is told with its cause", () => {
    expect(() => requirePeer("no-such-peer", "It")).toThrow(
      expect.objectContaining({
        message:
          "It needs the package no-such-peer, which is not installed. Install it: npm install --save-dev no-such-peer",
        cause: expect.objectContaining({ code: "MODULE_NOT_FOUND" }),
      }),
    );
  });

  test("that is there and broken, or lacks a package of its own, fails as it does", () => {
    expect(() => requirePeer(peer("broken.cjs", `throw new Error("broken");`), "It")).toThrow(/^broken$/);
    expect(() => requirePeer(peer("lacking.cjs", `require("its-own");`), "It")).toThrow(
      /^Cannot find module 'its-own'/,
    );
    let thrown: unknown = "nothing";
    try {
      requirePeer(peer("falsy.cjs", `throw undefined;`), "It");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(undefined);
  });
});
