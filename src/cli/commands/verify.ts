import { verifyCourse } from "../../course/verify.ts";
import type { Command } from "../command.ts";
import { courseWithExercises } from "../context.ts";

export const verify: Command = {
  name: "verify",
  usage: "",
  summary: "Checks the course both ways: stubs fail, solutions pass, wrong answers are named.",
  maxWords: 0,
  forAuthors: true,
  async run(context) {
    const course = await courseWithExercises(context);
    const checks = await verifyCourse(course, await context.runner());
    const failed = checks.filter((one) => !one.ok);
    for (const { subject, message } of failed) context.out(`${context.style("red", subject)}: ${message}`);
    // The gate reads this line.
    context.out(`${checks.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 ? 0 : 1;
  },
};
