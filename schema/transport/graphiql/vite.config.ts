import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Leave a .gz beside every asset, so that the server never compresses megabytes while others wait for an answer. */
function compressed(folder: string): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      for (const name of readdirSync(folder)) {
        if (/\.(js|css|svg)$/.test(name)) {
          const file = join(folder, name);
          writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
        }
      }
    },
  };
}

export default defineConfig({
  base: "/graphql/",
  build: {
    assetsDir: "assets",
    // Monaco is one large module whatever we do; the warning would stand at every build and say nothing.
    chunkSizeWarningLimit: 8000,
    outDir: "dist",
    rolldownOptions: {
      // "use client" speaks to a server renderer; there is none here.
      onwarn: (warning, warn) => (warning.code === "MODULE_LEVEL_DIRECTIVE" ? undefined : warn(warning)),
    },
    target: "es2022",
  },
  plugins: [compressed("dist/assets")],
  worker: { format: "es" },
});
