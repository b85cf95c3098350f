export { createRunner } from "./runner.ts";
