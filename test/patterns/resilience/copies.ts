import { sleep, type Task } from "yieldpoint";

/** What one copy does: ends after a time, Infinity: never; undefined: at once. */
export interface Copy {
  readonly ms?: number;
  readonly value?: string;
  /** Fails with an Error of this message. */
  readonly error?: string;
}

/** A task whose n-th call does what the n-th copy says, the last one again and again. It is deaf to its signal. */
export function copies(...plans: readonly Copy[]) {
  const at: number[] = [];
  const attempts: number[] = [];
  const signals: AbortSignal[] = [];
  const task: Task<string> = async ({ attempt, signal }) => {
    const plan = plans[Math.min(at.length, plans.length - 1)] as Copy;
    at.push(performance.now());
    attempts.push(attempt);
    signals.push(signal);
    if (plan.ms !== undefined) await sleep(plan.ms);
    if (plan.error !== undefined) throw new Error(plan.error);
    return plan.value as string;
  };
  return { task, at, attempts, signals };
}
