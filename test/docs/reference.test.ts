import { beforeAll, describe, expect, test } from "vitest";
import { loadReference } from "../../src/course/reference/load.ts";
import type { ReferencePage, ReferenceSymbol } from "../../src/course/reference/model.ts";
import { referenceFiles } from "../../src/course/render/reference.ts";
import { byText, sorted } from "../../src/course/sorted.ts";
import { temporaryFolder } from "../course/support.ts";
import { entries, root } from "../package/dist.ts";
import { publicSymbols } from "./symbols.ts";

/** Reads the reference of a package with one entry point. */
async function referenceOf(files: Readonly<Record<string, string>>): Promise<ReferencePage[]> {
  return loadReference(
    await temporaryFolder({
      "package.json": JSON.stringify({
        name: "parcel",
        exports: { ".": { "@yieldpoint/source": "./src/index.ts" }, "./package.json": "./package.json" },
      }),
      ...files,
    }),
  );
}

async function symbolsOf(code: string, file = "src/index.ts"): Promise<readonly ReferenceSymbol[]> {
  return (await referenceOf({ [file]: code }))[0]?.symbols ?? [];
}

async function signatures(code: string): Promise<string[]> {
  return (await symbolsOf(code)).flatMap((symbol) => symbol.signatures);
}

describe("a signature shows what users see", () => {
  test.each([
    [
      "of a function, no body",
      "export async function f<T>(a: T, b?: string): Promise<T> { return a; }",
      ["function f<T>(a: T, b?: string): Promise<T>;"],
    ],
    [
      "of a function with overloads, each of them and not the implementation",
      "export function f(a: string): string;\nexport function f(a: number): number;\nexport function f(a: unknown): unknown { return a; }",
      ["function f(a: string): string;", "function f(a: number): number;"],
    ],
    [
      "of a parameter with a default, that it may be left out",
      "export function f(weight = 1, name: string = 'a'): void {}",
      ["function f(weight?: number, name?: string): void;"],
    ],
    [
      "of options taken apart in place, the name that they are documented under",
      "/** F.\n * @param how what\n */\nexport function f({ a = 1 }: { a?: number } = {}): void {}",
      ["function f(how?: { a?: number }): void;"],
    ],
    [
      "of rest parameters, their dots",
      "export function f(...all: string[]): void {}",
      ["function f(...all: string[]): void;"],
    ],
    [
      "of a class, its public members",
      `export class C<T> extends Map<T, T> implements Disposable {
        readonly code = "ERR";
        static readonly max: number = 1;
        count = 1;
        #secret = 1;
        private other = 2;
        constructor(a: number) { super(); }
        override get size(): number { return 1; }
        get [Symbol.toStringTag](): string { return "C"; }
        get state(): string { return ""; }
        static of(): C<string> { throw 1; }
        run(a: string): void;
        run(a: number): void;
        run(a: unknown): void {}
        [Symbol.dispose](): void {}
      }`,
      [
        [
          "class C<T> extends Map<T, T> implements Disposable {",
          '  readonly code: "ERR";',
          "  static readonly max: number;",
          "  count: number;",
          "  get state(): string;",
          "  static of(): C<string>;",
          "  run(a: string): void;",
          "  run(a: number): void;",
          "  [Symbol.dispose](): void;",
          "}",
        ].join("\n"),
      ],
    ],
    [
      "of a class, the constructor that is documented",
      "export class C {\n  /** @param a what */\n  constructor(a: number) {}\n}",
      ["class C {\n  constructor(a: number);\n}"],
    ],
    [
      "of a constant that holds functions, how they are called",
      "function f(a = 1): void {}\nexport const all: { readonly f: typeof f; readonly n: number } = { f, n: 1 };",
      ["const all: {\n  f(a?: number): void;\n  readonly n: number;\n}"],
    ],
    ["of a constant, its type", "export const a: string = '';", ["const a: string;"]],
    ["of a constant, its value if it has no type", "export const a = 2;", ["const a: 2;"]],
    [
      "of a type, all that is declared, with its comments",
      "/** I. */\nexport interface I {\n  /** A. */\n  readonly a: string;\n}\nexport type U = 1 | 2;",
      ["interface I {\n  /** A. */\n  readonly a: string;\n}", "type U = 1 | 2;"],
    ],
  ])("%s", async (_, code, expected) => {
    expect(await signatures(code)).toEqual(expected);
  });

  test("and a public name whose type must be guessed is an error", async () => {
    await expect(signatures("export class C { readonly a = Math.random(); }")).rejects.toThrow(
      'src/index.ts: a public name has no type, but the value "Math.random()"',
    );
  });
});

describe("the reference as data", () => {
  test("holds what a doc comment says, part by part", async () => {
    const code = `/**
 * Waits, as {@link sleep}
 * does.
 *
 * - one
 * - two
 *
 * @param ms - how long,
 * in milliseconds
 * @returns the
 * time
 * @throws TypeError
 * @example
 * \`\`\`ts
 * wait(1);
 * \`\`\`
 */
export function wait(ms: number): number { return ms; }`;
    expect(await symbolsOf(code)).toEqual([
      {
        name: "wait",
        kind: "function",
        file: "src/index.ts",
        signatures: ["function wait(ms: number): number;"],
        summary: "Waits, as `sleep` does.",
        details: "- one\n- two",
        params: [{ name: "ms", text: "how long, in milliseconds" }],
        returns: "the time",
        throws: "TypeError",
        examples: ["wait(1);"],
        members: [],
        types: [],
        internalTypes: [],
      },
    ]);
  });

  test("names the exported types of a signature, and shows those that are not exported", async () => {
    const [symbol] = await symbolsOf(
      "export type Shown = 1;\ntype Deep = 3;\n/** Hidden. */\ninterface Hidden {\n  /** D. */\n  d: Deep;\n}\nexport function f<T>(a: Shown, b: Hidden): Promise<T> { throw 1; }",
    );
    expect(symbol).toMatchObject({
      name: "f",
      types: ["Shown"],
      internalTypes: ["interface Hidden {\n  d: Deep;\n}", "type Deep = 3;"],
    });
  });

  test("follows a type to the file that it comes from, and a symbol to the name that it is exported under", async () => {
    const [page] = await referenceOf({
      "src/index.ts": 'export { a as b } from "./a.ts";\nexport type { Kind as Sort } from "./types.ts";',
      "src/a.ts": 'import type { Kind as K } from "./types.ts";\nexport function a(k: K): void {}',
      "src/types.ts": "export type Kind = 1;",
    });
    expect(page?.symbols).toMatchObject([
      { name: "b", file: "src/a.ts", types: ["Sort"], internalTypes: [] },
      { name: "Sort", file: "src/types.ts" },
    ]);
  });

  test("has a page for each topic, in the order of their names, with each pattern before its types", async () => {
    const pages = await referenceOf({
      "src/index.ts":
        'export * from "./patterns/time/a-b.ts";\nexport * from "./patterns/time/a.ts";\nexport * from "./patterns/limit/c.ts";',
      "src/patterns/time/a.ts": "export type Ato = 1;\nexport function a(): void {}",
      "src/patterns/time/a-b.ts": "export function ab(): void {}",
      "src/patterns/limit/c.ts": "export function c(): void {}",
    });
    expect(
      pages.map(({ id, title, entry, symbols }) => [id, title, entry, symbols.map(({ name }) => name)]),
    ).toEqual([
      ["limit", "Limit", "parcel", ["c"]],
      ["time", "Time", "parcel", ["a", "Ato", "ab"]],
    ]);
  });

  test("is empty for a package that exports nothing", async () => {
    expect(await loadReference(await temporaryFolder())).toEqual([]);
    expect(referenceFiles([])).toEqual([]);
  });
});

describe("the reference as Markdown", () => {
  const code = `/**
 * Holds. And more.
 *
 * In detail.
 *
 * @example
 * \`\`\`ts
 * new Holder(1);
 * \`\`\`
 */
export class Holder {
  /** How many. */
  readonly size: number = 1;
  /** @param n how many */
  constructor(n: number) {}
  /** Empties it. */
  clear(): void {}
  /**
   * Takes.
   *
   * @param options \`signal\`: gives up
   * @returns what was taken
   * @throws \`signal.reason\`
   */
  async take(options: Holder): Promise<number> { return 1; }
  undocumented(): void {}
}
/** A kind. */
export type HOLDER = typeof Holder | Secret;
type Secret = 1;`;

  test("has a page for each topic", async () => {
    const files = referenceFiles(await referenceOf({ "src/index.ts": code }));
    expect(files.map(({ file }) => file)).toEqual(["book/reference.md", "book/reference/src.md"]);
    expect(files[1]?.text).toBe(`# Src

<!-- Generated from the doc comments in src/: edit those, then \`npm run yieldpoint -- sync\`. -->

Imported from \`parcel\`. [The whole list](../reference.md)

## Holder

Holds. And more.

\`\`\`ts signature
class Holder {
  readonly size: number;
  constructor(n: number);
  clear(): void;
  take(options: Holder): Promise<number>;
  undocumented(): void;
}
\`\`\`

In detail.

- \`size\`: How many.
- \`clear()\`: Empties it.

\`\`\`ts
new Holder(1);
\`\`\`

### new Holder

\`\`\`ts signature
constructor(n: number);
\`\`\`

- \`n\`: how many

### Holder.take

Takes.

\`\`\`ts signature
take(options: Holder): Promise<number>;
\`\`\`

- \`options\`: \`signal\`: gives up

**Resolves with** what was taken

**Rejects with** \`signal.reason\`

## HOLDER

A kind.

\`\`\`ts signature
type HOLDER = typeof Holder | Secret;

// Not exported:
type Secret = 1;
\`\`\`

Types: [\`Holder\`](#holder)`);
  });

  test("has a list of what exists at run time, with a sentence for each", async () => {
    const [list] = referenceFiles(await referenceOf({ "src/index.ts": code }));
    expect(list?.text).toContain(
      "## parcel\n\n### [Src](reference/src.md)\n\n| Name | What it is |\n| --- | --- |\n| [`Holder`](reference/src.md#holder) | Holds. |",
    );
    expect(list?.text).not.toContain("`HOLDER`");
  });

  test("tells two headings apart that differ in case alone", async () => {
    const [page] = await referenceOf({ "src/index.ts": `${code}\nexport function f(a: HOLDER): void {}` });
    expect(referenceFiles(page ? [page] : [])[1]?.text).toContain("Types: [`HOLDER`](#holder-1)");
  });
});

describe("the package's own reference", () => {
  let pages: readonly ReferencePage[];

  beforeAll(async () => {
    pages = await loadReference(root);
  });

  test.each(entries.map((entry) => [entry.name, entry] as const))(
    "describes each export of %s once",
    (name, entry) => {
      const described = pages
        .filter((page) => page.entry === name)
        .flatMap(({ symbols }) => symbols.map((symbol) => symbol.name));
      expect(sorted(described, byText)).toEqual(
        sorted(
          publicSymbols(entry).map((symbol) => symbol.name),
          byText,
        ),
      );
    },
  );

  test("can be sent as JSON", () => {
    expect(JSON.parse(JSON.stringify(pages))).toEqual(pages);
  });

  test("leads each link to a heading", () => {
    const files = referenceFiles(pages);
    const headings = new Map(files.map(({ file, text }) => [file, anchorsIn(text)]));
    const broken = files.flatMap(({ file, text }) =>
      Array.from(text.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)).flatMap(([link, path = "", anchor]) => {
        const target = path === "" ? file : new URL(path, `file:///${file}`).pathname.slice(1);
        const known = headings.get(target);
        return known && (anchor === undefined || known.has(anchor)) ? [] : [`${file}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test("shows each example", () => {
    const text = referenceFiles(pages)
      .map((file) => file.text)
      .join("\n");
    const examples = entries
      .flatMap(publicSymbols)
      .flatMap(({ doc }) => doc?.examples ?? [])
      .map(({ code }) => code);
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.filter((each) => !text.includes(`\n${each}\n`))).toEqual([]);
  });
});

/** The addresses of a text's headings, as GitHub makes them. */
function anchorsIn(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of markdown.matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-");
    let numbered = anchor;
    for (let n = 1; anchors.has(numbered); n++) numbered = `${anchor}-${n}`;
    anchors.add(numbered);
  }
  return anchors;
}
