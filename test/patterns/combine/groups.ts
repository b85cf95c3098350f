import { sleep, type Task } from "yieldpoint";
import { expect } from "vitest";
import { rejection } from "../../support/waiting.ts";

/** Takes that long unless it is told to stop. */
export function nap(ms: number): Task<string> {
  return async ({ signal }) => {
    await sleep(ms, { signal });
    return `rested ${ms}`;
  };
}

/** The failures of a group that must fail. */
export async function errorsOf(group: Promise<unknown>): Promise<unknown[]> {
  const error = await rejection(group);
  expect(error).toBeInstanceOf(AggregateError);
  const { errors, message } = error as AggregateError;
  expect(message).toBe(`taskGroup: ${errors.length} failed`);
  return errors;
}
