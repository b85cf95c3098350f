import { cpSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  install,
  link,
  pack,
  project,
  remove,
  runNode,
  runTsc,
  strictConfig,
  type Packed,
} from "../../package/packed.ts";

let packed: Packed;
let application: string;

beforeAll(async () => {
  packed = await pack();
  application = await install(packed);
  link(application, "@types", "undici-types");
}, 60_000);

afterAll(() => remove(packed));

/** Notes what is told on the channel of semaphores, by Node's own means. */
const listen = `
  const heard = [];
  diagnostics.subscribe("yieldpoint:semaphore", ({ event, source }) => heard.push(event + " " + source.constructor.name));`;

describe.concurrent("an application that installs the package", { timeout: 60_000 }, () => {
  test("hears of it by the channel's name, and loads nothing else for that", async () => {
    const folder = project(application, {
      "main.mjs": `
        import diagnostics from "node:diagnostics_channel";
        import { Semaphore } from "yieldpoint";
        ${listen}
        new Semaphore(1).tryAcquire();
        console.log(heard.join());`,
    });
    expect(await runNode(folder, "main.mjs")).toMatchObject({ code: 0, stdout: "granted Semaphore\n" });
  });

  test("may listen before it loads the package", async () => {
    const folder = project(application, {
      "apm.cjs": `const diagnostics = require("node:diagnostics_channel");
        ${listen}
        process.on("exit", () => console.log(heard.join()));`,
      "main.mjs": `import { Semaphore } from "yieldpoint";
        new Semaphore(1).tryAcquire();`,
    });
    const { code, stdout } = await runNode(folder, "--require", "./apm.cjs", "main.mjs");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "granted Semaphore\n" });
  });

  test("hears of all copies of the package at once: imported, required and installed a second time", async () => {
    const folder = project(application, {
      "main.cjs": `
        const diagnostics = require("node:diagnostics_channel");
        const required = require("yieldpoint").Semaphore;
        import("yieldpoint").then(async ({ Semaphore: imported }) => {
          const { Semaphore: other } = await import("./other/index.js");
          const { subscribe } = require("yieldpoint/diagnostics");
          ${listen}
          const sources = [];
          subscribe("yieldpoint:semaphore", ({ source }) => sources.push(source));
          const all = [required, imported, other].map((Semaphore) => new Semaphore(1));
          for (const semaphore of all) semaphore.tryAcquire();
          console.log(heard.length, sources.every((source, index) => source === all[index]), other === imported);
        });`,
    });
    cpSync(path.join(application, "node_modules/yieldpoint/dist"), path.join(folder, "other"), {
      recursive: true,
    });
    cpSync(
      path.join(application, "node_modules/yieldpoint/package.json"),
      path.join(folder, "other/package.json"),
    );
    const { code, stdout } = await runNode(folder, "main.cjs");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "3 true false\n" });
  });

  test("compiles against the types of the messages as strict TypeScript", async () => {
    const main = `
      import { AsyncCache, CircuitBreaker } from "yieldpoint";
      import { channelNames, subscribe, type AsyncCacheMessage, type WaitMessage } from "yieldpoint/diagnostics";
      const breaker = new CircuitBreaker();
      const cache = new AsyncCache(async (id: number) => ({ id }), { ttl: 1_000 });
      const names = new WeakMap<object, string>([[breaker, "payments"], [cache, "users"]]);
      const waits: (number | undefined)[] = [];
      const heard: (string | undefined)[] = [];
      subscribe("yieldpoint:rate-limiter", ({ wait }: WaitMessage) => waits.push(wait));
      subscribe("yieldpoint:async-cache", ({ source }: AsyncCacheMessage) => heard.push(names.get(source)));
      subscribe("yieldpoint:circuit-breaker", (message) => {
        const text: string = message.event === "state" ? message.to : message.event;
        if (message.source === breaker) heard.push(text);
      });
      breaker.isolate();
      void cache.get(1);
      console.log(heard.join(), waits.length, channelNames.length);`;
    const config = strictConfig({ types: ["node"] });
    const good = project(application, { "tsconfig.json": config, "main.mts": main });
    const tsc = await runTsc(good);
    expect(tsc.stdout + tsc.stderr).toBe("");
    expect(await runNode(good, "out/main.mjs")).toMatchObject({ code: 0, stdout: "isolated,users 0 17\n" });
    const bad = project(application, {
      "tsconfig.json": config,
      "main.mts": main.replace("message.to", "message.too"),
    });
    expect((await runTsc(bad)).stdout).toMatch(/^main\.mts\(12,\d+\): error TS2339: .*'too'/);
  });
});
