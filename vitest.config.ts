import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@yieldpoint/source"] } },
  test: { include: ["test/**/*.test.ts"] },
});
