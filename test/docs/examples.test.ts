import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allExamples, Workshop, type Example } from "./examples.ts";

const examples = allExamples();

const wrong = {
  throws: { title: "throws", line: 1, code: `throw new Error("wrong result");` },
  rejects: { title: "rejects", line: 1, code: `void Promise.reject(new Error("nobody listens"));` },
  waits: { title: "waits", line: 1, code: `await new Promise(() => {});` },
  lingers: { title: "lingers", line: 1, code: `setInterval(() => {}, 1_000);` },
  loops: { title: "loops", line: 1, code: `for (;;);` },
  mistyped: { title: "mistyped", line: 1, code: `const n: number = "one";` },
} satisfies Record<string, Example>;

let workshop: Workshop;

beforeAll(async () => {
  workshop = new Workshop([...examples, ...Object.values(wrong)]);
  await workshop.compile();
}, 60_000);

afterAll(() => workshop.remove());

describe("the examples in the documentation", () => {
  test("compile", { timeout: 60_000 }, async () => {
    // The one that is wrong on purpose proves that all were looked at.
    const errors = await workshop.typeErrors();
    const mistyped = errors.filter((error) => error.startsWith("mistyped:"));
    expect(errors.filter((error) => !mistyped.includes(error))).toEqual([]);
    expect(mistyped).toEqual([expect.stringMatching(/error TS2322/)]);
  });

  test.for(examples.map((example) => [example.title, example] as const))("run: %s", async ([, example]) => {
    await expect(workshop.run(example)).resolves.toBeUndefined();
  });
});

describe("an example fails", () => {
  test("when it throws", async () => {
    await expect(workshop.run(wrong.throws)).rejects.toThrow("wrong result");
  });

  test("when it leaves a rejection unhandled", async () => {
    await expect(workshop.run(wrong.rejects)).rejects.toThrow("nobody listens");
  });

  test("when it waits for what never comes", async () => {
    await expect(workshop.run(wrong.waits)).rejects.toThrow("exit code 13");
  });

  test.for([wrong.lingers, wrong.loops])("when it does not end: $title", async (example) => {
    await expect(workshop.run(example, 300)).rejects.toThrow("not ended after 300 ms");
  });
});
