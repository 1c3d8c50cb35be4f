import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@antiphon/source"] },
  ssr: { resolve: { conditions: ["@antiphon/source"] } },
  test: {
    include: ["{packages/*,app}/tests/**/*.test.{ts,tsx}"],
    environment: "jsdom",
    setupFiles: ["./vitest.setup.ts"],
    restoreMocks: true,
  },
});
