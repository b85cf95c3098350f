import { type FSWatcher, unwatchFile, watch, watchFile } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export interface WatchOptions {
  /** Watched one by one where the folder cannot be; absolute paths. */
  readonly files: readonly string[];
  /** Called once for changes that come close together. */
  readonly onChange: () => void;
  /** Look at the files again and again rather than wait for events. Default: where events are known to be missing. */
  readonly poll?: boolean;
  /** How long to wait for further changes, in milliseconds (50). */
  readonly debounce?: number;
}

export interface Watch {
  close(): void;
}

/** How often polled files are looked at, in milliseconds. */
const interval = 200;

/**
 * Watches an exercise's folder for saves. The folder is watched rather than the file, because many editors save by
 * writing another file and renaming it.
 */
export function watchFolder(folder: string, options: WatchOptions): Watch {
  const { files, onChange, poll = needsPolling(folder), debounce = 50 } = options;
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let polling = false;
  let closed = false;

  const changed = (): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, debounce);
  };
  const startPolling = (): void => {
    watcher?.close();
    watcher = undefined;
    if (polling || closed) return;
    polling = true;
    for (const file of files) watchFile(file, { interval }, changed);
  };

  if (poll) {
    startPolling();
  } else {
    try {
      watcher = watch(folder, (_event, name) => {
        // A swap file or a backup of the editor is no save.
        if (name === null || name.endsWith(".ts")) changed();
      });
      watcher.on("error", startPolling);
    } catch {
      startPolling();
    }
  }

  return {
    close() {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      if (polling) for (const file of files) unwatchFile(file, changed);
    },
  };
}

/** On request, and for Windows folders seen from WSL, which send no events. */
function needsPolling(folder: string): boolean {
  if (process.env["YIELDPOINT_POLL"] === "1") return true;
  return os.release().toLowerCase().includes("microsoft") && path.resolve(folder).startsWith("/mnt/");
}
