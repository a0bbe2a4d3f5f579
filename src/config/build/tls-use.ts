/** What a configuration says of HTTPS, also one whose certificate or other files are not there yet. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { TlsConfig } from "../../contract/index.ts";
import { configError } from "../diagnostics.ts";
import { checkTree } from "../parse.ts";
import { FileReader } from "../sources/reader.ts";
import { readFiles } from "./files.ts";

export interface TlsUse {
  /** Undefined where `tls` is not written. */
  readonly tls:
    | (Omit<TlsConfig, "certificate" | "key"> & {
        /** Absolute path. */
        readonly certificate: string;
        readonly key: { readonly file: string } | { readonly secret: string };
      })
    | undefined;
  readonly listen: string;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
}

/**
 * Looks at `hublet.yaml` and what it includes, but at no other file. A file that is not there says nothing.
 * @throws HubError `bad-config` when it cannot be understood, or its `tls` is wrong
 */
export function describeTls(file: string): TlsUse {
  if (!existsSync(file)) return { tls: undefined, listen: "127.0.0.1:8000", publicUrl: undefined, trustedProxies: [] };
  const { written, problems } = readFiles(file, new FileReader());
  const tree = written === undefined ? undefined : checkTree(written, { crossChecks: false });
  if (tree?.checks === undefined) throw configError([...problems, ...(tree?.problems ?? [])], [file]);
  const { checks } = tree;
  const { tls, listen, publicUrl, trustedProxies } = checks.config;
  if (tls === undefined && checks.has(["tls"])) throw configError(tree.problems, [file]);
  const absolute = (key: "certificate" | "key", name: string): string =>
    resolve(dirname(checks.written(["tls", key])?.place.file ?? file), name);
  return {
    tls:
      tls === undefined
        ? undefined
        : {
            ...tls,
            certificate: absolute("certificate", tls.certificate),
            key: typeof tls.key === "string" ? { file: absolute("key", tls.key) } : tls.key,
          },
    ...{ listen, publicUrl, trustedProxies },
  };
}
