import * as path from "node:path";
import { readText } from "./files.ts";
import { field, firstSentence, headerLines } from "./header.ts";
import type { Example, Fault } from "./model.ts";

/**
 * Reads one script of the catalogue. A script with neither a header comment nor an expected output is someone's
 * scratch file: undefined.
 */
export async function loadExample(
  folder: string,
  chapter: string,
  name: string,
  faults: Fault[],
): Promise<Example | undefined> {
  const id = `${chapter}/${name}`;
  const file = path.join(folder, `${name}.ts`);
  const expectedFile = path.join(folder, `${name}.expected.txt`);
  const [source, expected] = await Promise.all([readText(file), readText(expectedFile)]);
  if (source === undefined) return undefined;
  const lines = headerLines(source);
  if (lines === undefined && expected === undefined) return undefined;

  const fault = (message: string): void => void faults.push({ subject: id, message });
  if (lines === undefined)
    fault(`${name}.ts has no header: begin it with a /** … */ comment, its idea in one sentence.`);
  const title = firstSentence(lines ?? []);
  if (lines !== undefined && title === "")
    fault(`${name}.ts has an empty header: state its idea in one sentence.`);

  const clock = /^\w+/.exec(field(lines ?? [], "Clock") ?? "")?.[0];
  if (lines !== undefined && clock !== "virtual" && clock !== "real") {
    fault(
      `${name}.ts names no clock: add the line \`Clock: virtual\` or \`Clock: real, <why>\` to its header.`,
    );
  }
  const patterns = field(lines ?? [], "Patterns");
  if (lines !== undefined && patterns === undefined) {
    fault(
      `${name}.ts names no patterns: add the line \`Patterns: <exports it shows>\` (or \`none\`) to its header.`,
    );
  }
  return {
    id,
    chapter,
    name,
    title: title === "" ? name.replaceAll("-", " ") : title,
    clock: clock === "real" ? "real" : "virtual",
    patterns: names(patterns ?? ""),
    file,
    expectedFile,
  };
}

function names(list: string): string[] {
  const found = list.split(",").map((name) => name.trim().replaceAll(/^`|[`.]$|`\.$/g, ""));
  return found.filter((name) => name !== "" && name.toLowerCase() !== "none");
}
