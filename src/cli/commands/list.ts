import { committed } from "../../course/committed.ts";
import { exerciseStates } from "../../course/states.ts";
import { firstUnsolved } from "../../course/progress.ts";
import { renderList } from "../../course/render/list.ts";
import type { Command } from "../command.ts";

export const list: Command = {
  name: "list",
  usage: "",
  summary: "Lists the chapters with their exercises and examples.",
  maxWords: 0,
  async run(context) {
    const course = await context.course();
    const progress = await context.progress();
    const state = exerciseStates(course, progress, await committed(course.root).changed());
    const current = firstUnsolved(course, progress)?.id;
    context.out(renderList({ course, state, current, style: context.style }));
    return 0;
  },
};
