import { parseArgs } from "node:util";
import { HubError, messageOf, Secret } from "../kernel/index.ts";
import type { Listen, ProxyOptions } from "./options.ts";

export interface ProxyAccount {
  readonly uid: number;
  readonly gid: number;
}

/** A parsed command line; the composition root adds what must be opened or read. */
export interface ProxyArguments {
  readonly options: Omit<ProxyOptions, "log" | "clock" | "gateKey">;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** File that holds the key of gate passes. */
  readonly gateKeyFile: string | undefined;
  /** File that holds the API's token. */
  readonly authTokenFile: string | undefined;
  /** File with what may change while the proxy runs (`settings.ts`); it wins over `--log-level`. */
  readonly settingsFile: string | undefined;
  /** The listeners of public face and redirects are those that systemd hands over, not those of `options`. */
  readonly socketsFromSystemd: boolean;
  /** What the settings must say before the proxy starts: the hub writes them, and may be started at the same time. */
  readonly serves: "http" | "https" | undefined;
  /** Started by root: the account that it becomes, whose files it reads, and as which it serves. */
  readonly become: ProxyAccount | undefined;
  /** Milliseconds that requests under way get after SIGTERM. */
  readonly graceMs: number;
}

const GRACE_SECONDS = 2;
const LEVELS = ["debug", "info", "warn", "error"] as const;

/**
 * Reads configurable-http-proxy's options (contract 7.1, the part without TLS, host routing and rewriting) and ours.
 * @param argv without the program's name
 * @param env `CONFIGPROXY_AUTH_TOKEN` is the API's token; empty means an open API
 * @throws HubError `usage`
 */
export function parseProxyArguments(argv: readonly string[], env: NodeJS.ProcessEnv): ProxyArguments {
  const values = parse(argv);
  const port = numberOf("port", values.port) ?? 8000;
  if (values.socket !== undefined && (values.port !== undefined || values.ip !== undefined)) {
    throw new HubError("usage", "--socket cannot be used together with --ip or --port. Give one of the two.");
  }
  if (values["redirect-ip"] !== undefined && values["redirect-port"] === undefined) {
    throw new HubError("usage", "--redirect-ip says nothing without --redirect-port. Give both.");
  }
  if (values["api-socket"] !== undefined && (values["api-port"] !== undefined || values["api-ip"] !== undefined)) {
    throw new HubError(
      "usage",
      "--api-socket cannot be used together with --api-ip or --api-port. Give one of the two.",
    );
  }
  const fromSystemd = values["sockets-from-systemd"] === true;
  const places = ["ip", "port", "socket", "redirect-ip", "redirect-port"] as const;
  const given = places.find((name) => values[name] !== undefined);
  if (fromSystemd && given !== undefined) {
    throw new HubError("usage", `--sockets-from-systemd cannot be used together with --${given}. Give one of the two.`);
  }
  const settingsFile = values["settings-file"];
  if (settingsFile !== undefined && values["gate-key-file"] === undefined) {
    throw new HubError("usage", "--settings-file needs --gate-key-file, with which the key in it is sealed.");
  }
  const level = (values["log-level"] ?? "info").toLowerCase();
  const logLevel = LEVELS.find((known) => known === level);
  if (logLevel === undefined) {
    throw new HubError("usage", `--log-level cannot be “${level}”. Use one of ${LEVELS.join(", ")}.`);
  }
  const token = env.CONFIGPROXY_AUTH_TOKEN ?? "";
  const authTokenFile = values["auth-token-file"];
  if (token !== "" && authTokenFile !== undefined) {
    throw new HubError("usage", "--auth-token-file cannot be used together with CONFIGPROXY_AUTH_TOKEN. Give one.");
  }
  const redirectPort = numberOf("redirect-port", values["redirect-port"]);
  const apiPort = numberOf("api-port", values["api-port"]) ?? (values.socket === undefined ? port + 1 : 8001);
  return {
    logLevel,
    gateKeyFile: values["gate-key-file"],
    authTokenFile,
    settingsFile,
    socketsFromSystemd: fromSystemd,
    serves: servesOf(values.serves),
    become: accountOf(values.become),
    graceMs: (numberOf("grace", values.grace) ?? GRACE_SECONDS) * 1000,
    options: {
      listen: listenOn(values.socket, values.ip, port),
      ...(redirectPort === undefined
        ? {}
        : { redirect: [listenOn(undefined, values["redirect-ip"] ?? values.ip, redirectPort)] }),
      api: listenOn(values["api-socket"], values["api-ip"] ?? "localhost", apiPort),
      authToken: token === "" ? undefined : new Secret(token),
      routesFile: values["routes-file"],
      defaultTarget: values["default-target"],
      errorTarget: values["error-target"],
      xForward: values["no-x-forward"] !== true,
      customHeaders: headersOf(values["custom-header"] ?? []),
      timeout: numberOf("timeout", values.timeout),
      proxyTimeout: numberOf("proxy-timeout", values["proxy-timeout"]),
      keepAliveTimeout: numberOf("keep-alive-timeout", values["keep-alive-timeout"]),
    },
  };
}

function parse(argv: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        ip: text,
        port: text,
        socket: text,
        "api-ip": text,
        "api-port": text,
        "api-socket": text,
        "default-target": text,
        "error-target": text,
        "log-level": text,
        timeout: text,
        "proxy-timeout": text,
        "keep-alive-timeout": text,
        "no-x-forward": { type: "boolean" },
        "custom-header": { type: "string", multiple: true },
        "routes-file": text,
        "gate-key-file": text,
        "settings-file": text,
        "auth-token-file": text,
        "sockets-from-systemd": { type: "boolean" },
        serves: text,
        become: text,
        "redirect-ip": text,
        "redirect-port": text,
        grace: text,
      },
    }).values;
  } catch (cause) {
    throw new HubError("usage", `The command line could not be understood: ${messageOf(cause)}`, { cause });
  }
}

function accountOf(text: string | undefined): ProxyAccount | undefined {
  if (text === undefined) return undefined;
  const [, uid, gid] = /^([1-9]\d{0,9}):(\d{1,10})$/.exec(text) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new HubError("usage", `--become cannot be “${text}”. Give UID:GID in numbers, of an account that is not root.`);
}

/** `*` and the empty text mean all interfaces. */
function listenOn(socket: string | undefined, ip: string | undefined, port: number): Listen {
  if (socket !== undefined) return { socket };
  return { host: ip === undefined || ip === "*" || ip === "" ? undefined : ip, port };
}

function servesOf(text: string | undefined): "http" | "https" | undefined {
  if (text === undefined || text === "http" || text === "https") return text;
  throw new HubError("usage", `--serves cannot be “${text}”. Use http or https.`);
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new HubError("usage", `--${name} cannot be “${text}”. Give a whole number.`);
  return Number(text);
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const text = line.trim();
    const colon = text.indexOf(":");
    // These words are configurable-http-proxy's; tools look for them.
    if (colon <= 0) throw new HubError("usage", `A colon was expected in custom header: ${text}`);
    headers[text.slice(0, colon).trim()] = text.slice(colon + 1).trim();
  }
  return headers;
}
