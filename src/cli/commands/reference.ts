import type { Command } from "../command.ts";

export const reference: Command = {
  name: "reference",
  usage: "",
  summary: "Prints the API reference as JSON.",
  maxWords: 0,
  forAuthors: true,
  async run(context) {
    // Loaded here, since parsing takes what no other command wants.
    const { loadReference } = await import("../../course/reference/load.ts");
    context.out(JSON.stringify(await loadReference(context.root), undefined, 2));
    return 0;
  },
};
