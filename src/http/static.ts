/** The built web pages, read once: hashed files may be kept for ever, the shells are filled for each visitor. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { HubError } from "../kernel/index.ts";
import type { HubServices } from "./services.ts";

export interface StaticFile {
  readonly body: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
  readonly type: string;
  readonly cacheControl: string;
  readonly etag: string;
}

export interface Statics {
  find(path: string): StaticFile | undefined;
  /** The shell of the React application, before it is filled. */
  readonly shell: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".svg", ".json"]);

/** Reads `web/dist`. @throws HubError `not-found` when the pages were not built */
export function openStatic(services: Pick<HubServices, "webRoot">): Statics {
  const files = new Map<string, StaticFile>();
  let shell: string;
  try {
    for (const entry of readdirSync(services.webRoot, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.startsWith(".")) continue;
      const file = join(entry.parentPath, entry.name);
      const name = relative(services.webRoot, file);
      files.set(name, readStatic(file, name));
    }
    shell = readFileSync(join(services.webRoot, "app.html"), "utf8");
  } catch (error) {
    throw new HubError(
      "not-found",
      `The web pages in ${services.webRoot} cannot be read. Run “npx vite build” in web/, or “hublet up”, which builds them.`,
      { cause: error },
    );
  }
  return { shell, find: (path) => files.get(path) };
}

function readStatic(file: string, name: string): StaticFile {
  const body = readFileSync(file);
  const extension = extname(name);
  const compress = COMPRESSIBLE.has(extension) && body.length > 500;
  return {
    body,
    gzip: compress ? gzipSync(body, { level: 9 }) : undefined,
    brotli: compress ? brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }) : undefined,
    type: TYPES[extension] ?? "application/octet-stream",
    cacheControl: /-[\w-]{8,}\.\w+$/.test(name) ? "public, max-age=31536000, immutable" : "public, max-age=300",
    etag: `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`,
  };
}
