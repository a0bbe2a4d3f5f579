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
    rolldownOptions: { input: "app.html" },
  },
});
