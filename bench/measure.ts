// One measurement, in a process of its own: `bare`, `import` and what, or a case's title and a subject's name.
import { bare, cases, type Subject } from "./cases.ts";

const BATCHES = 5;

const [milliseconds = "100", library = "", title = "", name = ""] = process.argv.slice(2);

if (title === "import, cold") {
  const start = performance.now();
  await import(name);
  console.log((performance.now() - start) * 1e6);
} else {
  const found =
    title === "bare" ? undefined : cases(await import(library)).find((each) => each.title === title);
  const subject = title === "bare" ? bare : found?.subjects[name];
  if (subject === undefined) throw new Error(`bench: no ${name} in ${title}`);
  console.log((await nanoseconds(subject, Number(milliseconds))) / (found?.tasks ?? 1));
}

/** Nanoseconds for one operation: the median of five batches that take the budget together, after as long a warm-up. */
async function nanoseconds(subject: Subject, budget: number): Promise<number> {
  const time = async (n: number): Promise<number> => {
    const start = performance.now();
    await subject(n);
    return performance.now() - start;
  };
  let n = 1;
  for (let spent = 0; spent < budget;) {
    const elapsed = await time(n);
    spent += elapsed;
    if (elapsed < budget / BATCHES) n *= 2;
  }
  const times: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) times.push((await time(n)) / n);
  times.sort((a, b) => a - b);
  return (times[BATCHES >> 1] ?? NaN) * 1e6;
}
