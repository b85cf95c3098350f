import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isStale, peerVersions } from "../../bench/peers.ts";
import { rows } from "../../bench/rows/index.ts";

const folder = path.join(import.meta.dirname, "../../bench");

describe("installed peers", () => {
  const wanted = {
    packages: {
      "": {},
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0" },
      "node_modules/c": { version: "3.0.0", optional: true },
    },
  };
  const a = { "node_modules/a": { version: "1.0.0" } };

  test("are fresh when each is there in its version, but for optional ones", () => {
    expect(isStale(wanted, { packages: { ...a, "node_modules/b": { version: "2.0.0" } } })).toBe(false);
  });

  test("are stale when nothing is installed, one is missing, or one has another version", () => {
    expect(isStale(wanted, undefined)).toBe(true);
    expect(isStale(wanted, { packages: a })).toBe(true);
    expect(isStale(wanted, { packages: { ...a, "node_modules/b": { version: "2.0.1" } } })).toBe(true);
  });
});

test("the peers are pinned to exact versions, and all of them are measured", () => {
  const versions = peerVersions();
  for (const version of Object.values(versions)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const measured = new Set(rows.flatMap(({ candidates }) => candidates.map(({ peer }) => peer)));
  measured.delete(undefined);
  expect(measured).toEqual(new Set(Object.keys(versions)));
});

test("the lockfile fits bench/package.json and names no registry", () => {
  const text = readFileSync(path.join(folder, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: Record<string, { dependencies?: object }> };
  expect(packages[""]?.dependencies).toEqual(peerVersions());
  expect(text).not.toContain("resolved");
});
