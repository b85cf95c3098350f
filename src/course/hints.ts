import { sections } from "./markdown.ts";

/** The hints of a `hints.md`: the text below each `## ` heading, empty ones left out. */
export function readHints(markdown: string): string[] {
  return sections(markdown)
    .map((section) => section.body)
    .filter((body) => body !== "");
}
