/** Requests to the hub: JSON in and out, the XSRF token on each, and what a 403 means. */
import type { SessionView } from "../../../src/contract/index.ts";
import type { Boot } from "../boot.ts";

/** Longest wait for an answer: the hub itself answers a start after ten seconds at most. */
const TIMEOUT = 30_000;

/** The hub said no (`status` ≥ 400), or did not answer (`status` 0). `message` is in the hub's words when it had some. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.status = status;
  }
}

export interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** What a page can ask of the hub. */
export interface Api {
  /** `path` is below `/hub/api/`. Answers without a body give `undefined`. @throws ApiError */
  call<T>(path: string, request?: Request): Promise<T>;
  /** Address of an event stream, with the token it needs. */
  streamUrl(path: string): string;
  /** Whether the session still holds; leaves for the sign-in page when it does not. */
  checkSession(): Promise<void>;
}

/** What is needed of the browser's window. */
export interface Page {
  readonly document: { readonly cookie: string };
  readonly location: Pick<Location, "pathname" | "search" | "assign" | "reload">;
}

export function createApi(boot: Boot, page: Page): Api {
  const root = `${boot.baseUrl}hub/api/`;
  let xsrf = boot.xsrf;

  async function send(path: string, request: Request, token: string): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT);
    const init: RequestInit = {
      method: request.method ?? "GET",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-XSRFToken": token },
      credentials: "same-origin",
      cache: "no-store",
      signal: request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]),
    };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    try {
      return await fetch(root + path, init);
    } catch (cause) {
      if (request.signal?.aborted === true) throw cause;
      throw new ApiError(0, "", { cause });
    }
  }

  /** Sends; signing in again in another tab changes the cookie, so a refusal is tried once more with its new value. */
  async function sendFresh(path: string, request: Request): Promise<Response> {
    const answer = await send(path, request, xsrf);
    if (answer.status !== 403) return answer;
    const other = xsrfCookies(page.document.cookie).find((token) => token !== xsrf);
    if (other === undefined) return answer;
    const again = await send(path, request, other);
    if (again.ok) xsrf = other;
    return again;
  }

  async function checkSession(): Promise<void> {
    const answer = await sendFresh("hublet/session", {});
    if (answer.status === 403) return leave();
    if (!answer.ok) return;
    const session = (await answer.json()) as SessionView;
    // Somebody else signed in with this browser: nothing on this page is theirs.
    if (session.user.name !== boot.user.name) page.location.reload();
  }

  function leave(): void {
    const { pathname, search } = page.location;
    page.location.assign(`${boot.baseUrl}hub/login?next=${encodeURIComponent(pathname + search)}`);
  }

  return {
    checkSession,
    streamUrl: (path) => `${root}${path}?_xsrf=${encodeURIComponent(xsrf)}`,
    async call<T>(path: string, request: Request = {}): Promise<T> {
      const answer = await sendFresh(path, request);
      if (answer.ok) return (await bodyOf(answer)) as T; // the hub's own answers follow the contract
      if (answer.status === 403) await checkSession();
      const body = await bodyOf(answer).catch(() => undefined);
      throw new ApiError(answer.status, messageIn(body));
    },
  };
}

async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  return text === "" ? undefined : JSON.parse(text);
}

function messageIn(body: unknown): string {
  if (typeof body === "object" && body !== null && "message" in body && typeof body.message === "string") {
    return body.message;
  }
  return "";
}

function xsrfCookies(cookies: string): readonly string[] {
  return cookies
    .split("; ")
    .filter((cookie) => cookie.startsWith("_xsrf="))
    .map((cookie) => decodeURIComponent(cookie.slice(6).replace(/^"|"$/g, "")));
}
