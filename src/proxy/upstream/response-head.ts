/** How the body of a response ends (RFC 9112, 6.3). */
export type BodyFraming = "none" | "length" | "chunked" | "close";

/** The parsed head of a target's answer. */
export interface ResponseHead {
  readonly status: number;
  readonly message: string;
  /** Names and values in turn, as sent, without the hop-by-hop ones. */
  readonly headers: string[];
  readonly framing: BodyFraming;
  /** Bytes of the body when `framing` is `length`. */
  readonly length: number;
  /** Whether the connection may carry another request afterwards. */
  readonly keepAlive: boolean;
}

/** A target that does not speak HTTP/1 as RFC 9112 has it. Nothing of its answer is trusted. */
export class BadResponse extends Error {
  readonly code = "EBADRESPONSE";
}

/**
 * Parses a head (status line and field lines, without the empty line). Strict: what is ambiguous is an error, since
 * a guess here would let a server answer its neighbour's request.
 * @throws BadResponse
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lineEnd = text.indexOf("\r\n");
  const statusLine = lineEnd === -1 ? text : text.slice(0, lineEnd);
  const status = Number(statusLine.slice(9, 12));
  if (
    !(statusLine.startsWith("HTTP/1.1 ") || statusLine.startsWith("HTTP/1.0 ")) ||
    !(status >= 100 && status <= 999 && Number.isInteger(status)) ||
    (statusLine.length > 12 && statusLine.charCodeAt(12) !== 32)
  ) {
    throw new BadResponse("the answer does not begin with an HTTP/1 status line");
  }
  let keepAlive = statusLine.charCodeAt(7) === 49;
  const headers: string[] = [];
  let length = -1;
  let chunked = false;
  let named: string[] | undefined;

  for (let at = lineEnd === -1 ? text.length : lineEnd + 2; at < text.length; ) {
    let end = text.indexOf("\r\n", at);
    if (end === -1) end = text.length;
    const colon = text.indexOf(":", at);
    // A line without a colon, or a folded line, or a space before the colon: readings differ, so refuse.
    if (colon <= at || colon >= end || text.charCodeAt(at) <= 32 || text.charCodeAt(colon - 1) <= 32) {
      throw new BadResponse("the answer has a malformed header line");
    }
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    at = end + 2;
    switch (name.length) {
      case 2:
      case 7: {
        const lower = name.toLowerCase();
        if (lower === "te" || lower === "trailer" || lower === "upgrade") continue;
        break;
      }
      case 10: {
        const lower = name.toLowerCase();
        if (lower === "keep-alive") continue;
        if (lower === "connection") {
          const tokens = value.toLowerCase();
          if (tokens === "close") keepAlive = false;
          else if (tokens === "keep-alive") keepAlive = true;
          else {
            named = tokens.split(",").map((token) => token.trim());
            if (named.includes("close")) keepAlive = false;
            else if (named.includes("keep-alive")) keepAlive = true;
          }
          continue;
        }
        break;
      }
      case 14:
        if (name.toLowerCase() === "content-length") {
          const bytes = parseLength(value);
          if (length === bytes) continue;
          if (length !== -1) throw new BadResponse("the answer has two different lengths");
          length = bytes;
        }
        break;
      case 16:
        if (name.toLowerCase() === "proxy-connection") continue;
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") {
          if (chunked || value.toLowerCase() !== "chunked") {
            throw new BadResponse("the answer has a transfer encoding other than chunked");
          }
          chunked = true;
          continue;
        }
        break;
    }
    headers.push(name, value);
  }
  if (chunked && length !== -1) throw new BadResponse("the answer has both a length and a transfer encoding");

  const bodyless = method === "HEAD" || status === 204 || status === 304 || status < 200;
  const framing: BodyFraming = bodyless ? "none" : chunked ? "chunked" : length >= 0 ? "length" : "close";
  return {
    status,
    message: statusLine.slice(13),
    headers: named === undefined ? headers : withoutNamed(headers, named),
    framing,
    length: framing === "length" ? length : 0,
    keepAlive: keepAlive && framing !== "close",
  };
}

/** Drops the headers that `Connection` names; framing is not its to drop. */
function withoutNamed(headers: readonly string[], named: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    const lower = name.toLowerCase();
    if (lower === "content-length" || !named.includes(lower)) kept.push(name, headers[i + 1] ?? "");
  }
  return kept;
}

function parseLength(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new BadResponse("the answer has a malformed length");
  return Number(value);
}

/** The part of `text` between `start` and `end` without spaces and tabs around it. */
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
