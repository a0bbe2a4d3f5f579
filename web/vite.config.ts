import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/hub/static/",
  plugins: [react()],
  build: {
    target: "es2023",
    // No inline polyfill script: the hub's Content-Security-Policy allows scripts of its own origin only.
    modulePreload: { polyfill: false },
    // Small images as data: addresses would need an exception in the policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: "app.html",
      // What every visit needs is one file: cut up by which later page shares what, it compresses worse and costs requests.
      output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } },
    },
  },
});
