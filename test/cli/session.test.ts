import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Session } from "../../src/cli/session.ts";
import type { Exercise } from "../../src/course/model.ts";
import { plain } from "../../src/course/render/style.ts";
import type { RunRequest, Verdict } from "../../src/course/verdict.ts";
import { courseOf, exercise, fakeRunner, verdictOf } from "../course/support.ts";

const gate = exercise("gate");
const queue = exercise("queue");
const retry = exercise("retry");

interface Stage {
  readonly session: Session;
  /** What stands on the screen. */
  readonly screen: () => string;
  /** The names of the exercises whose specs were run. */
  readonly runs: string[];
  /** Ends the oldest run that waits. */
  readonly finish: (verdict?: Verdict | Error) => Promise<void>;
  readonly save: (exercise: Exercise) => void;
  readonly press: (keys: string) => void;
  readonly solved: Set<string>;
}

/** A session whose runs end when told to. */
function stage(options: { solved?: readonly Exercise[]; changed?: readonly Exercise[] } = {}): Stage {
  const runs: string[] = [];
  const waiting: { request: RunRequest; settle: (verdict: Verdict | Error) => void }[] = [];
  const watchers = new Map<string, () => void>();
  const solved = new Set((options.solved ?? []).map(({ id }) => id));
  const files = new Set((options.changed ?? [gate, queue, retry]).map(({ stub }) => stub));
  let text = "";
  const session = new Session({
    course: courseOf(gate, queue, retry),
    runner: fakeRunner((request) => {
      runs.push(request.exercise.split("/")[1] ?? "");
      return new Promise((resolve, reject) => {
        const settle = (verdict: Verdict | Error): void =>
          verdict instanceof Error ? reject(verdict) : resolve(verdict);
        waiting.push({ request, settle });
      });
    }),
    progress: {
      isSolved: (id) => solved.has(id),
      record: (id, passed) => {
        if (passed) solved.add(id);
        else solved.delete(id);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    },
    exercise: gate,
    changed: () => Promise.resolve(files),
    watch: ({ id }, onChange) => {
      watchers.set(id, onChange);
      return { close: () => void watchers.delete(id) };
    },
    draw: (drawn) => (text = drawn),
    show: (file) => file.slice(file.lastIndexOf("/") + 1),
    style: plain,
  });
  return {
    session,
    screen: () => text,
    runs,
    finish: async (verdict) => {
      const run = waiting.shift();
      if (run === undefined) throw new Error("no run is under way");
      run.settle(verdict ?? verdictOf(run.request.exercise, { "it works": "failed" }));
      await turn();
    },
    save: ({ id }) => watchers.get(id)?.(),
    press: (keys) => {
      for (const name of keys) session.press({ name });
    },
    solved,
  };
}

const passed = (one: Exercise): Verdict => verdictOf(one.id, { "it works": "passed" });

describe("a session", () => {
  test("shows the exercise, runs its spec, and shows what it said", async () => {
    const { session, screen, runs, finish } = stage();
    session.start();
    expect(screen()).toContain("0 of 3 exercises solved, exercise 1 of 3");
    expect(screen()).toContain("Title of gate  01-one/gate\ngate.ts\n\nRunning the spec ...");
    await finish();
    expect(runs).toEqual(["gate"]);
    expect(screen()).toContain("  FAIL  it works");
    expect(screen()).toContain("Edit:  gate.ts\nHint:  press h");
    expect(screen()).not.toContain("Not started yet");
    expect(screen().endsWith("r run  h hint  l list  n next  p previous  q quit")).toBe(true);
  });

  test("says of a stub as committed that it is not started", async () => {
    const { session, screen, finish } = stage({ changed: [] });
    session.start();
    await finish();
    expect(screen()).toContain("Not started yet: the tests fail until you have written it.");
  });

  test("runs again on a save, and on r", async () => {
    const { session, runs, finish, save, press } = stage();
    session.start();
    await finish();
    save(gate);
    await finish();
    press("r");
    await finish();
    expect(runs).toEqual(["gate", "gate", "gate"]);
  });

  test("runs once more after a run during which something was saved, and shows only the last result", async () => {
    const { session, screen, runs, finish, save } = stage();
    session.start();
    save(gate);
    save(gate);
    await finish(passed(gate));
    expect(screen()).toContain("Running the spec ...");
    await finish();
    expect(runs).toEqual(["gate", "gate"]);
    expect(screen()).toContain("  FAIL  it works");
  });

  test("records a pass, offers the next exercise, and takes a pass back when the spec fails again", async () => {
    const { session, screen, finish, save, solved } = stage();
    session.start();
    await finish(passed(gate));
    expect([...solved]).toEqual([gate.id]);
    expect(screen()).toContain("1 of 3 exercises solved");
    expect(screen()).toContain("Solved. To compare: gate.ts\n\nPress n for the next exercise.");
    save(gate);
    await finish();
    expect([...solved]).toEqual([]);
    expect(screen()).toContain("0 of 3 exercises solved");
  });

  test("goes on with n and back with p, watching only the exercise that is shown", async () => {
    const { session, screen, runs, finish, save, press } = stage();
    session.start();
    await finish();
    press("n");
    await finish();
    expect(screen()).toContain("Title of queue");
    save(gate);
    expect(runs).toEqual(["gate", "queue"]);
    press("p");
    await finish();
    expect(screen()).toContain("Title of gate");
    press("p");
    expect(screen()).toContain("This is the first exercise.");
    expect(runs).toEqual(["gate", "queue", "gate"]);
  });

  test("leaves a run whose exercise was left, and records its verdict", async () => {
    const { session, screen, runs, finish, press, solved } = stage();
    session.start();
    press("n");
    expect(screen()).toContain("Title of queue");
    await finish(passed(gate));
    expect(screen()).toContain("Running the spec ...");
    await finish();
    expect(runs).toEqual(["gate", "queue"]);
    expect([...solved]).toEqual([gate.id]);
    expect(screen()).toContain("Title of queue");
    expect(screen()).toContain("FAIL");
  });

  test("goes from the last exercise to the first that is not solved", async () => {
    const { session, screen, finish, press, solved } = stage({ solved: [gate] });
    session.start();
    await finish(passed(gate));
    press("nn");
    await finish();
    await finish(passed(retry));
    expect([...solved]).toEqual([gate.id, retry.id]);
    press("n");
    await finish(passed(queue));
    expect(screen()).toContain("Title of queue");
    expect(screen()).toContain("All exercises are solved.");
    press("n");
    await finish(passed(retry));
    press("n");
    expect(screen()).toContain("This is the last exercise.");
  });

  test("shows one more hint with each h, up to the last, and keeps them over a run", async () => {
    const { session, screen, finish, press } = stage();
    session.start();
    await finish();
    press("h");
    expect(screen()).toContain("Hint 1 of 3\nfirst hint");
    expect(screen()).not.toContain("second hint");
    press("h");
    press("r");
    await finish();
    expect(screen()).toContain("Hint 2 of 3\nsecond hint");
    press("hh");
    expect(screen()).toContain("third hint\n\nThat was the last hint.");
  });

  test("lists with l, and returns with any key", async () => {
    const { session, screen, finish, press } = stage({ solved: [queue], changed: [gate] });
    session.start();
    await finish();
    press("l");
    expect(screen()).toContain("  > started  gate");
    expect(screen()).toContain("    solved   queue");
    press("x");
    expect(screen()).toContain("FAIL  it works");
  });

  test("survives a run that cannot be made, and the next save works", async () => {
    const { session, screen, finish, save } = stage();
    session.start();
    await finish(new Error("the disk is full"));
    expect(screen()).toContain("The spec could not be run: the disk is full");
    save(gate);
    await finish(passed(gate));
    expect(screen()).toContain("Solved.");
  });

  test.each([
    ["q", { name: "q" }],
    ["Ctrl-C", { name: "c", ctrl: true }],
  ])("quits at once with %s, though a run is under way, and draws no more", async (_name, key) => {
    const { session, screen, runs, finish, save, press } = stage();
    session.start();
    const before = screen();
    session.press(key);
    await session.closed;
    await finish();
    save(gate);
    press("rnh");
    expect(screen()).toBe(before);
    expect(runs).toEqual(["gate"]);
  });

  test("takes other control keys for no command", async () => {
    const { session, screen, runs, finish } = stage();
    session.start();
    await finish();
    session.press({ name: "r", ctrl: true });
    session.press({});
    expect(runs).toEqual(["gate"]);
    expect(screen()).toContain("FAIL");
  });
});
