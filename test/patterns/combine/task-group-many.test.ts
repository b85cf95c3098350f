import { taskGroup } from "yieldpoint";
import { expect, test } from "vitest";
import { rejection } from "../../support/waiting.ts";

// Looked for among those before it, each failure would take longer than the one before: a quarter of a minute for all.
test("taskGroup() holds 100,000 failures in time", { timeout: 5_000 }, async () => {
  const all = [...Array(100_000).keys()];
  const group = taskGroup((own) => {
    for (const failure of all) void own.shield(() => Promise.reject(failure));
  });
  expect(((await rejection(group)) as AggregateError).errors).toStrictEqual(all);
});
