import * as fc from "fast-check";
import { expect, test } from "vitest";
import { singleFlight } from "yieldpoint";
import { flush, listeners } from "../../support/waiting.ts";
import { manual } from "./runs.ts";

interface ModelRun {
  readonly key: string;
  readonly callers: Set<number>;
  told: unknown;
  end: string | undefined;
}

/** What a single flight is: the runs, which of them a call would join, and what became of each call. */
class Model {
  readonly fates: string[] = [];
  readonly runs: ModelRun[] = [];
  readonly #groups: number[] = [];

  call(key: string, group: number): void {
    const id = this.fates.push("waiting") - 1;
    this.#groups[id] = group;
    let run = this.#open().find((each) => each.key === key);
    if (!run) this.runs.push((run = { key, callers: new Set(), told: undefined, end: undefined }));
    run.callers.add(id);
  }

  abort(group: number): void {
    for (const run of this.#open()) {
      for (const id of run.callers) {
        if (this.#groups[id] !== group) continue;
        this.fates[id] = `aborted ${group}`;
        run.callers.delete(id);
      }
      if (run.callers.size === 0) run.told = `aborted ${group}`;
    }
  }

  /** Takes effect at the end of the turn. */
  end(index: number, result: string): void {
    (this.runs[index] as ModelRun).end = result;
  }

  endTurn(): void {
    for (const run of this.#open()) {
      if (!run.end) continue;
      for (const id of run.callers) this.fates[id] = run.end;
      run.callers.clear();
    }
  }

  #open(): ModelRun[] {
    return this.runs.filter((run) => run.callers.size > 0);
  }
}

type Step =
  | { readonly do: "call"; readonly key: string; readonly group: number }
  | { readonly do: "abort"; readonly group: number }
  | { readonly do: "value" | "failure"; readonly pick: number };

// Those of the last group have no signal.
const groups = 3;
const group = fc.integer({ min: 0, max: groups });
const key = fc.constantFrom("a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const), key, group }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), group: fc.nat(groups - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("value", "failure"), pick: fc.nat() }) },
);

test("singleFlight() does what its model does, whatever falls into one turn", async () => {
  const turns = fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 15 });
  const property = fc.asyncProperty(turns, async (schedule) => {
    const model = new Model();
    const { run, runs } = manual();
    const find = singleFlight(run);
    const controllers = Array.from({ length: groups }, () => new AbortController());
    const signals = controllers.map(({ signal }) => signal);
    const fates: string[] = [];
    const take = (taken: Step): void => {
      if (taken.do === "call") {
        model.call(taken.key, taken.group);
        const id = fates.push("waiting") - 1;
        find(taken.key, { signal: controllers[taken.group]?.signal }).then(
          (value) => (fates[id] = value),
          (error: unknown) => (fates[id] = String(error)),
        );
      } else if (taken.do === "abort") {
        model.abort(taken.group);
        const controller = controllers[taken.group];
        signals.push((controllers[taken.group] = new AbortController()).signal);
        controller?.abort(`aborted ${taken.group}`);
      } else {
        const open = [...runs.keys()].filter((each) => !model.runs[each]?.end);
        const index = open[taken.pick % open.length];
        if (index === undefined) return;
        const result = `${taken.do} of run ${index}`;
        model.end(index, result);
        runs[index]?.[taken.do === "value" ? "resolve" : "reject"](result);
      }
    };
    for (const turn of schedule) {
      for (const each of turn) take(each);
      await flush();
      model.endTurn();
      expect(fates).toEqual(model.fates);
      expect(runs.map((each) => each.key)).toEqual(model.runs.map((each) => each.key));
      expect(runs.map(({ context }) => context.signal.reason as unknown)).toEqual(
        model.runs.map((each) => each.told),
      );
    }
    for (const each of runs) each.resolve("the end");
    await flush();
    expect(fates).not.toContain("waiting");
    expect(signals.map(listeners)).toEqual(signals.map(() => 0));
  });
  await fc.assert(property, { seed: 20_281, numRuns: 400 });
});
