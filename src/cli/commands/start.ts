import { emitKeypressEvents } from "node:readline";
import { committed } from "../../course/committed.ts";
import { findById } from "../../course/find.ts";
import { allExercises } from "../../course/load.ts";
import type { Exercise } from "../../course/model.ts";
import { type Progress, firstUnsolved } from "../../course/progress.ts";
import { allSolved } from "../../course/render/list.ts";
import { watchFolder } from "../../course/watch.ts";
import type { Command } from "../command.ts";
import { type Context, courseWithExercises } from "../context.ts";
import { found } from "../errors.ts";
import { type Key, Session } from "../session.ts";
import { checkExercises } from "./check.ts";

export const start: Command = {
  name: "start",
  usage: "[id]",
  summary: "Shows the first exercise that is not solved, and runs its spec on every save.",
  maxWords: 1,
  async run(context, { words }) {
    const course = await courseWithExercises(context);
    const exercises = allExercises(course);
    const progress = await context.progress();
    const [word] = words;
    const unsolved = firstUnsolved(course, progress);
    const exercise = word === undefined ? unsolved : found("exercise", word, findById(exercises, word));
    if (context.stdin.isTTY === true && context.stdout.isTTY === true) {
      const first = exercise ?? exercises[0];
      if (first !== undefined) await interact(context, first, progress);
      return 0;
    }
    if (exercise === undefined) {
      context.out(allSolved);
      return 0;
    }
    return checkExercises(context, [exercise], { brief: false });
  },
};

async function interact(context: Context, exercise: Exercise, progress: Progress): Promise<void> {
  const { stdin, stdout, root, style, show } = context;
  const course = await context.course();
  const session = new Session({
    course,
    // Opened by the first run, so that the screen and the keys need not wait for it.
    runner: {
      run: async (requests, options) => (await context.runner()).run(requests, options),
      close: () => Promise.resolve(),
    },
    progress,
    exercise,
    changed: committed(root).changed,
    watch: ({ folder, stub, spec }, onChange) => watchFolder(folder, { files: [stub, spec], onChange }),
    draw: (text) => void stdout.write(`${clear}${text}\n`),
    style,
    show,
  });
  const onKey = (_text: string | undefined, key: Key): void => session.press(key);
  const onEnd = (): void => session.close();
  context.onClose(() => {
    session.close();
    stdin.off("keypress", onKey).off("end", onEnd);
    stdin.setRawMode?.(false);
    stdin.pause();
  });
  emitKeypressEvents(stdin);
  stdin.on("keypress", onKey).on("end", onEnd);
  stdin.setRawMode?.(true);
  stdin.resume();
  session.start();
  await session.closed;
  await progress.flush();
}

/** Clears the screen and keeps what has scrolled away. */
const clear = "\u001B[2J\u001B[H";
