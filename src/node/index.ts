export { fromNodeStream } from "./from-node-stream.ts";
export { toNodeStream } from "./to-node-stream.ts";
