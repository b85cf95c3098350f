import { expect, test } from "vitest";
import { tsBlocks } from "../../src/course/reference/blocks.ts";
import { parseDoc } from "../../src/course/reference/doc-comment.ts";

test("a doc comment is read tag by tag", () => {
  const comment = [
    "/**",
    " * Waits.",
    " *",
    " * @param ms - how long,",
    " * in milliseconds",
    " * @param options `signal`: gives up",
    " * @returns nothing much",
    " * @example",
    " * ```ts",
    " * if (true) {",
    " *   await sleep(1);",
    " * }",
    " * ```",
    " */",
  ];
  expect(parseDoc(comment.join("\n"), 10)).toEqual({
    summary: "Waits.",
    params: [
      { name: "ms", text: "how long,\nin milliseconds" },
      { name: "options", text: "`signal`: gives up" },
    ],
    returns: "nothing much",
    throws: undefined,
    examples: [{ code: "if (true) {\n  await sleep(1);\n}", line: 19 }],
  });
});

test("only blocks fenced as plain ts are taken", () => {
  const markdown = [
    "# Use",
    "```sh\nnpm start\n```",
    "```ts\nfirst();\n```",
    "````md\n```ts\nquoted();\n```\n````",
    "```ts signature\nf(x)\n```",
    "```ts\nsecond();\n```",
  ];
  expect(tsBlocks(markdown.join("\n"))).toEqual([
    { code: "first();", line: 6 },
    { code: "second();", line: 17 },
  ]);
});
