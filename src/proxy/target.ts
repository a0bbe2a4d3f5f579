import { HubError } from "../kernel/index.ts";

/** A parsed target URL: where to connect, and what to put before the request's path (contract 7.3). */
export interface Target {
  readonly connect: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly secure: boolean;
  /** Target's path without a trailing slash; `""` when there is none. */
  readonly path: string;
  /** Target's query without `?`; `""` when there is none. */
  readonly query: string;
}

/**
 * Parses `http://host:port/path`, `https://…`, `http+unix://ENCODED_SOCKET/path` or `unix+http://…`.
 * @throws HubError `bad-request`
 */
export function parseTarget(text: string): Target {
  const unix = /^(?:http\+unix|unix\+http):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?$/i.exec(text);
  if (unix !== null) {
    return {
      connect: { path: decodeSocketPath(unix[1] ?? "", text) },
      secure: false,
      path: withoutTrailingSlash(unix[2] ?? ""),
      query: unix[3] ?? "",
    };
  }
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw new HubError(
      "bad-request",
      `The target “${text.slice(0, 200)}” cannot be used: it is not a URL this proxy understands. ` +
        "Give http://host:port, https://host:port or http+unix://ENCODED_SOCKET_PATH.",
    );
  }
  const secure = url.protocol === "https:";
  return {
    // Brackets belong to the URL, not to the address of an IPv6 host.
    connect: {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    },
    secure,
    path: withoutTrailingSlash(url.pathname),
    query: url.search.slice(1),
  };
}

/** Joins the target's path with the client's request URI; queries are concatenated (contract 7.3). */
export function targetUri(target: Target, uri: string): string {
  if (target.path === "" && target.query === "") return uri;
  if (target.query === "") return target.path + uri;
  const question = uri.indexOf("?");
  return question === -1
    ? `${target.path}${uri}?${target.query}`
    : `${target.path}${uri.slice(0, question)}?${target.query}&${uri.slice(question + 1)}`;
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function decodeSocketPath(encoded: string, text: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new HubError(
      "bad-request",
      `The target “${text.slice(0, 200)}” cannot be used: its socket path is not valid percent-encoding. ` +
        "Encode every “/” of the path as %2F.",
      { cause },
    );
  }
}
