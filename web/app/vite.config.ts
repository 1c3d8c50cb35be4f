import { defineConfig } from "vite";

const backend = "http://127.0.0.1:8000";

export default defineConfig({
  resolve: { conditions: ["@antiphon/source"] },
  // Everything is a file of its own: a strict content security policy allows neither inline scripts nor data URIs.
  build: { assetsInlineLimit: 0, target: "es2023", reportCompressedSize: true },
  server: { proxy: { "/api": { target: backend, ws: true } } },
});
