import { courseConfig } from "./src/course/runner/config.ts";

export default courseConfig(import.meta.dirname);
