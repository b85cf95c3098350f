import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What the last commit holds. Learners edit stubs in place, so the folder alone does not say how a stub began. */
export interface Committed {
  /** The file's text in the last commit; undefined where git does not know it. */
  readonly source: (file: string) => Promise<string | undefined>;
  /** Absolute paths of the files below a folder that git tracks; none without git. */
  readonly tracked: (folder: string) => Promise<readonly string[]>;
  /** Absolute paths of the files that differ from the last commit or are new; undefined without git. */
  readonly changed: () => Promise<ReadonlySet<string> | undefined>;
}

/** Reads the commit that is checked out in `root`. */
export function committed(root: string): Committed {
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      const options = { cwd: root, env: environment(), maxBuffer: 64 * 1024 * 1024, windowsHide: true };
      return (await execute("git", args, options)).stdout;
    } catch {
      return undefined;
    }
  };
  const toFiles = (lists: readonly (string | undefined)[]): string[] => {
    const names = lists.flatMap((list) => (list ?? "").split("\0")).filter((name) => name !== "");
    return names.map((name) => path.join(root, name));
  };
  return {
    source: (file) => git("show", `HEAD:./${path.relative(root, file).replaceAll("\\", "/")}`),
    tracked: async (folder) => toFiles([await git("ls-files", "-z", "--", path.relative(root, folder))]),
    changed: async () => {
      const lists = await Promise.all([
        git("diff", "--name-only", "--relative", "-z", "HEAD", "--", "."),
        git("ls-files", "--others", "--exclude-standard", "-z", "--", "."),
      ]);
      if (lists.includes(undefined)) return undefined;
      return new Set(toFiles(lists));
    },
  };
}

/** A git hook's variables would lead git to another repository than the one around `root`. */
function environment(): NodeJS.ProcessEnv {
  const {
    GIT_DIR: _dir,
    GIT_WORK_TREE: _tree,
    GIT_INDEX_FILE: _index,
    GIT_PREFIX: _prefix,
    ...rest
  } = process.env;
  return rest;
}
