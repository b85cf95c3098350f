import { failures, likelyCause } from "../cause.ts";
import type { Exercise } from "../model.ts";
import type { TestVerdict, Verdict } from "../verdict.ts";
import { type Style, count, indent } from "./style.ts";

export interface VerdictView {
  readonly exercise: Exercise;
  readonly verdict: Verdict;
  /** Turns an absolute path into the one that the reader would type. */
  readonly show: (file: string) => string;
  readonly style: Style;
}

/** How many lines of what was printed are shown, the last ones. */
const longestOutput = 30;

const labels: Record<TestVerdict["state"], string> = { passed: "pass", failed: "FAIL", "not-run": "not run" };
const formats = { passed: "green", failed: "red", "not-run": "yellow" } as const;

/** One exercise's result: problems, each test, what was printed, the first failure in full, and its likely cause. */
export function renderVerdict(view: VerdictView): string {
  const { exercise, verdict, show, style } = view;
  const blocks = [
    `${style("bold", exercise.title)}  ${style("dim", exercise.id)}\n${show(verdict.answer)}`,
    ...verdict.problems.map(
      (problem) => `${style("red", "Problem")}  ${indent(problem.message).trimStart()}`,
    ),
    renderTests(verdict, style),
    renderOutput(verdict, style),
    renderFirstFailure(verdict, style),
    renderCause(view),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** What to do next; `hint` says how to get one. */
export function renderNext({
  exercise,
  verdict,
  show,
  style,
  hint,
}: VerdictView & { readonly hint: string }): string {
  if (verdict.passed) {
    const [solution] = exercise.solutions;
    const compare = solution === undefined ? "" : ` To compare: ${show(solution)}`;
    return `${style("green", "Solved.")}${compare}`;
  }
  return [`Task:  ${show(exercise.readme)}`, `Edit:  ${show(exercise.stub)}`, `Hint:  ${hint}`].join("\n");
}

/** One line for an exercise, as in a summary of many. */
export function renderVerdictLine(exercise: Exercise, verdict: Verdict, style: Style): string {
  if (verdict.passed) return `${style("green", labels.passed)}  ${exercise.id}`;
  const failed = failures(verdict).length;
  const facts = [
    ...(failed > 0 ? [`${failed} of ${count(verdict.tests.length, "test")} failed`] : []),
    ...verdict.problems.map((problem) => problem.message.split("\n")[0] ?? ""),
  ];
  return `${style("red", labels.failed)}  ${exercise.id}  ${style("dim", facts.join("; "))}`;
}

function renderTests(verdict: Verdict, style: Style): string {
  const width = Math.max(...verdict.tests.map((test) => labels[test.state].length));
  return verdict.tests
    .map((test) => `  ${style(formats[test.state], labels[test.state].padEnd(width))}  ${test.name}`)
    .join("\n");
}

function renderOutput({ output }: Verdict, style: Style): string {
  const lines = (output ?? "").trimEnd().split("\n");
  if (lines.join("") === "") return "";
  const left = lines.length - longestOutput;
  const shown = left > 0 ? [`... ${count(left, "line")} more above`, ...lines.slice(left)] : lines;
  return `${style("bold", "Printed by your code:")}\n${indent(shown.join("\n"))}`;
}

function renderFirstFailure(verdict: Verdict, style: Style): string {
  const first = verdict.tests.find((test) => test.state === "failed");
  if (first === undefined) return "";
  const lines = [style("bold", first.name)];
  if (first.message !== undefined) lines.push(indent(first.message));
  if (first.at !== undefined) lines.push(style("dim", `  at ${first.at}`));
  return lines.join("\n");
}

function renderCause({ exercise, verdict, style }: VerdictView): string {
  const cause = verdict.passed ? undefined : likelyCause(exercise, verdict);
  return cause === undefined
    ? ""
    : `${style("yellow", "One mistake that fails just these tests:")} ${cause.cause}`;
}
