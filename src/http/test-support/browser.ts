/** Requests exactly as they are written (no client adds fetch headers or normalises paths), and a browser's cookies. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";

export interface Message {
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON (without a content type unless given), forms as URLSearchParams, texts as they are. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The `Location` header, or "". */
  readonly location: string;
  readonly setCookies: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and the assertions are the check
  json(): any;
}

/** One request; waits for the whole answer. */
export async function exchange(origin: string, method: string, path: string, message: Message): Promise<Answer> {
  const response = await beginExchange(origin, method, path, message);
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) text += chunk;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    location: response.headers.location ?? "",
    setCookies: response.headers["set-cookie"] ?? [],
    json: () => JSON.parse(text),
  };
}

/** One request; resolves with the head of the answer. */
export function beginExchange(
  origin: string,
  method: string,
  path: string,
  { headers = {}, body }: Message,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(origin);
  const [text, type] = encode(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: {
          ...(type === undefined ? {} : { "content-type": type }),
          ...(text === undefined ? {} : { "content-length": String(Buffer.byteLength(text)) }),
          ...headers,
        },
      },
      resolve,
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

function encode(body: unknown): [text: string | Buffer | undefined, type: string | undefined] {
  if (body === undefined) return [undefined, undefined];
  if (body instanceof URLSearchParams) return [body.toString(), "application/x-www-form-urlencoded"];
  if (typeof body === "string" || Buffer.isBuffer(body)) return [body, undefined];
  return [JSON.stringify(body), undefined];
}

/** Keeps cookies as a browser does (paths apart), and follows no redirects. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #send: (method: string, path: string, message: Message) => Promise<Answer>;

  constructor(send: (method: string, path: string, message: Message) => Promise<Answer>) {
    this.#send = send;
  }

  get xsrf(): string {
    return this.cookies.get("_xsrf") ?? "";
  }

  /** A navigation. */
  open(path: string): Promise<Answer> {
    return this.send("GET", path, { headers: { "sec-fetch-mode": "navigate" } });
  }

  /** A form of a page, with the page's token. */
  submit(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams({ _xsrf: this.xsrf, ...fields });
    return this.send("POST", path, { body, headers: { "sec-fetch-mode": "navigate" } });
  }

  /** A script of our pages: JSON, with the token in its header. */
  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, {
      body,
      headers: { "content-type": "application/json", "sec-fetch-mode": "cors", "x-xsrftoken": this.xsrf },
    });
  }

  /** Anything with this browser's cookies. */
  async send(method: string, path: string, message: Message = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.#send(method, path, {
      ...message,
      headers: { "user-agent": "test", ...(cookie === "" ? {} : { cookie }), ...message.headers },
    });
    for (const line of answer.setCookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}
