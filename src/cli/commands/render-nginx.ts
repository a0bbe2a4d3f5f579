/** `hublet render nginx`: for those who keep nginx in front. */
import { z } from "zod";
import { describeTls, hostOf, isLoopback, type TlsUse } from "../../config/index.ts";
import { checkedHost, isNginxPath, linesOf, nginxSite } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";

/** Two years: as long as lists of browsers ask for. */
const HSTS_SECONDS = 63_072_000;
const DEFAULT_LISTEN = "127.0.0.1:8000";

const path = z.string().refine(isNginxPath, "must be an absolute path of plain letters").optional();

export const renderNginx = command({
  path: ["render", "nginx"],
  summary: "Write a site for nginx before Hublet: TLS, websockets, uploads of any size, real addresses",
  positionals: [],
  options: {
    name: z.string().optional().describe("Host that people type. Default: that of publicUrl."),
    certificate: path.describe("Certificate with its chain, on nginx's host. Default: that of tls."),
    key: path.describe("Its key. Default: that of tls."),
    profile: z.enum(["modern", "intermediate"]).optional().describe("modern: TLS 1.3 alone. Default: that of tls."),
    hublet: z
      .string()
      .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "must be ADDRESS:PORT")
      .optional()
      .describe("Where nginx reaches Hublet. Default: its listen, on this host."),
  },
  examples: [
    "hublet render nginx > /etc/nginx/conf.d/hublet.conf",
    "hublet render nginx --certificate /etc/ssl/lab.crt --key /etc/ssl/lab.key",
  ],
  run: async (context, _words, options) => {
    const { config } = context.instance();
    const use = describeTls(config);
    const typed = use.publicUrl === undefined ? undefined : hostOf(use.publicUrl);
    const named = options.name ?? typed;
    if (named === undefined)
      throw new HubError("usage", `Which host do people type? Say --name HOST, or publicUrl in ${config}.`);
    const name = checkedHost(named);
    const host = name.includes(":") ? `[${name}]` : name;
    const hublet = options.hublet ?? reachable(use);
    const port = portOf(use.publicUrl) ?? 443;
    const wanted = {
      publicUrl: `https://${host}${port === 443 ? "" : `:${port}`}`,
      listen: hublet,
      trustedProxies: isLoopback(hublet.replace(/:\d+$/, ""))
        ? [hublet.startsWith("[") ? "::1" : "127.0.0.1"]
        : ["ADDRESS-OF-NGINX"],
    };
    const { certificate, key } = pathsOf(use, host);
    const hsts = use.tls?.hsts ?? true;
    const text = nginxSite({
      ...{ host, hublet, port, lines: linesOf(wanted) },
      certificate: options.certificate ?? certificate,
      key: options.key ?? key,
      profile: options.profile ?? use.tls?.profile ?? "modern",
      hsts: hsts === false ? undefined : hsts === true ? HSTS_SECONDS : Math.floor(hsts),
      redirectFrom: port === 443 ? 80 : undefined,
    });
    const missing = missingLines(use, wanted);
    if (missing.length > 0) context.note(`In ${config}:\n${missing.map((line) => `  ${line}`).join("\n")}`);
    return { json: { text, lines: linesOf(wanted), missing }, text: text.trimEnd() };
  },
});

/** The address of a Hublet behind nginx: plain HTTP, for this host alone where nothing else was said. */
function reachable({ tls, listen }: TlsUse): string {
  if (tls !== undefined) return DEFAULT_LISTEN;
  return listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

function portOf(publicUrl: string | undefined): number | undefined {
  const url = publicUrl?.startsWith("https:") === true ? URL.parse(publicUrl) : null;
  return url === null || url.port === "" ? undefined : Number(url.port);
}

function pathsOf({ tls }: TlsUse, host: string): { readonly certificate: string; readonly key: string } {
  const own = (file: string, byDefault: string): string => (isNginxPath(file) ? file : byDefault);
  const byDefault = { certificate: `/etc/ssl/hublet/${host}.crt`, key: `/etc/ssl/hublet/${host}.key` };
  if (tls === undefined) return byDefault;
  return {
    certificate: own(tls.certificate, byDefault.certificate),
    key: "file" in tls.key ? own(tls.key.file, byDefault.key) : byDefault.key,
  };
}

/** What the configuration does not say yet, in lines and words. */
function missingLines(
  use: TlsUse,
  wanted: { readonly publicUrl: string; readonly listen: string; readonly trustedProxies: readonly string[] },
): readonly string[] {
  const { publicUrl, listen, trustedProxies } = wanted;
  return [
    ...(use.publicUrl?.replace(/\/$/, "") === publicUrl ? [] : [`publicUrl: ${publicUrl}`]),
    ...(use.listen === listen ? [] : [`listen: ${listen}`]),
    ...(trustedProxies.every((address) => use.trustedProxies.includes(address))
      ? []
      : [`trustedProxies: [${[...use.trustedProxies, ...trustedProxies].join(", ")}]`]),
    ...(use.tls === undefined ? [] : ["and no tls: nginx has the certificate then"]),
  ];
}
