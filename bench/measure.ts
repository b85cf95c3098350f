// One measurement, in a process of its own: prints its figure.
import type { Bench } from "./row.ts";
import { rows } from "./rows/index.ts";

/** What the process is told. */
export interface Order {
  readonly row: string;
  readonly candidate: string;
  readonly libraryUrl: string;
  readonly folder: string;
  readonly budget: number;
  readonly urls: Readonly<Record<string, string>>;
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const { libraryUrl, folder, budget, urls } = order;

function url(name: string): string {
  const found = urls[name];
  if (found === undefined) throw new Error(`bench: ${name} is not installed`);
  return found;
}

const candidate = rows
  .find(({ name }) => name === order.row)
  ?.candidates.find(({ name }) => name === order.candidate);
if (candidate === undefined) throw new Error(`bench: no ${order.candidate} in ${order.row}`);
const isImport = order.row === "import";
const bench: Bench = {
  // What is measured by importing it must not be there already.
  library: (isImport ? {} : await import(libraryUrl)) as Bench["library"],
  libraryUrl,
  folder,
  budget,
  url,
  load: async <T>(name: string) => (await import(url(name))) as T,
};
const figure = await candidate.measure(bench);
// Timers that a candidate left behind are not waited for.
process.stdout.write(String(figure), () => process.exit());
