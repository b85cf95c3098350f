import { expect, test } from "vitest";
import { readFrontMatter } from "../../src/course/frontmatter.ts";

test("readFrontMatter() splits the YAML from the Markdown", () => {
  const text = "---\ntitle: A gate\norder: 3\nimplement: [Semaphore, Permit]\n---\n\n# Text\n\n---\n\nmore\n";
  expect(readFrontMatter(text)).toEqual({
    data: { title: "A gate", order: 3, implement: ["Semaphore", "Permit"] },
    body: "\n# Text\n\n---\n\nmore\n",
  });
});

test("readFrontMatter() reads files with Windows line ends and a byte order mark", () => {
  const { data, body } = readFrontMatter("\uFEFF---\r\ntitle: A gate\r\n---\r\ntext\r\n");
  expect(data).toEqual({ title: "A gate" });
  expect(body).toBe("text\n");
});

test.each([
  ["no block at all", "# Title\n", "no front matter"],
  ["a block that is never closed", "---\ntitle: x\n", "no front matter"],
  ["a block that is not YAML", '---\ntitle: "x\n---\n', "not valid YAML"],
  ["a block that is a list", "---\n- x\n---\n", "no list of `key: value` lines"],
  ["an empty block", "---\n---\ntext", "no list of `key: value` lines"],
])("readFrontMatter() names the fault of %s", (_what, text, fault) => {
  const result = readFrontMatter(text);
  expect(result.data).toEqual({});
  expect(result.fault).toContain(fault);
});
