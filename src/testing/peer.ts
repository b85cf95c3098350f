import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Loads an optional peer, once it is needed; where it is missing, says who needs it and what to install. */
export function requirePeer(name: string, who: string): unknown {
  try {
    return require(name);
  } catch (error) {
    // It may also be a package of the peer's own that is missing.
    if (!(error instanceof Error) || !error.message.startsWith(`Cannot find module '${name}'`)) throw error;
    throw new Error(
      `${who} needs the package ${name}, which is not installed. Install it: npm install --save-dev ${name}`,
      { cause: error },
    );
  }
}
