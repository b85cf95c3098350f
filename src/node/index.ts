export { fromNodeStream } from "./from-node-stream.ts";
export { toNodeStream } from "./to-node-stream.ts";
export {
  gracefulShutdown,
  type GracefulShutdown,
  type GracefulShutdownOptions,
  type ShutdownFailure,
  type ShutdownOutcome,
  type ShutdownStep,
} from "./graceful-shutdown.ts";
export type { DrainableServer } from "./server-drain.ts";
