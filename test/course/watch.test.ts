import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type WatchOptions, watchFolder } from "../../src/course/watch.ts";
import { temporaryFolder } from "./support.ts";

// File events are the subject, so time is real; bounds are generous.
const within = { timeout: 5000, interval: 10 };

async function watched(options: Partial<WatchOptions> = {}): Promise<{ file: string; onChange: () => void }> {
  const folder = await temporaryFolder({ "gate.ts": "first" });
  const file = path.join(folder, "gate.ts");
  const onChange = vi.fn<() => void>();
  const watch = watchFolder(folder, { files: [file], onChange, ...options });
  onTestFinished(() => watch.close());
  return { file, onChange };
}

test.each([{ poll: false }, { poll: true }])("a save is seen (polling: $poll)", async ({ poll }) => {
  const { file, onChange } = await watched({ poll });
  await writeFile(file, "second, and longer");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), within);
});

test.each([{ poll: false }, { poll: true }])(
  "a save by rename is seen, again and again (polling: $poll)",
  async ({ poll }) => {
    const { file, onChange } = await watched({ poll });
    for (const round of [1, 2]) {
      vi.mocked(onChange).mockClear();
      await writeFile(`${file}.swp`, `round ${round} ${"x".repeat(round)}`);
      await rename(file, `${file}~`);
      await rename(`${file}.swp`, file);
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), within);
    }
  },
);

test("changes that come close together are one", async () => {
  const { file, onChange } = await watched({ poll: false, debounce: 300 });
  for (let n = 0; n < 5; n++) await appendFile(file, "x");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), within);
  expect(onChange).toHaveBeenCalledTimes(1);
});

test("files that are no TypeScript wake nobody", async () => {
  const { file, onChange } = await watched({ poll: false, debounce: 300 });
  await writeFile(path.join(path.dirname(file), "4913"), "x");
  await writeFile(`${file}.swp`, "x");
  await rm(`${file}.swp`);
  await writeFile(file, "second");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), within);
  expect(onChange).toHaveBeenCalledTimes(1);
});

test("a folder that cannot be watched is polled", async () => {
  const folder = await temporaryFolder();
  const file = path.join(folder, "gate.ts");
  const onChange = vi.fn<() => void>();
  const watch = watchFolder(path.join(folder, "missing"), { files: [file], onChange, poll: false });
  onTestFinished(() => watch.close());
  await writeFile(file, "first");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), within);
});
