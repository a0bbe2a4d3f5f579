/** One request to a provider: bounded in time and size, and never redirected, since it carries secrets. */
import { messageOf, systemCode } from "../../kernel/index.ts";
import type { Voice } from "./port.ts";

/** Milliseconds for one answer. */
export const ANSWER_TIMEOUT = 10_000;
/** Bytes: a page of 100 teams has some 300 KB. */
const ANSWER_LIMIT = 8 * 1024 * 1024;

export interface Question {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for anything else. */
  readonly body: unknown;
}

/** @throws HubError `provider-unreachable`; the signal's reason when aborted */
export async function ask(voice: Voice, url: URL, question: Question): Promise<Answer> {
  const { signal } = question;
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: question.method,
      headers: question.headers,
      ...(question.body === undefined ? {} : { body: question.body }),
      redirect: "manual",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await read(response);
  } catch (error) {
    signal?.throwIfAborted();
    throw voice.unreachable(url.host, reason(error), error);
  }
  if (response.status >= 500) throw voice.unreachable(url.host, `it answered with status ${response.status}`);
  if (response.status >= 300 && response.status < 400)
    throw voice.unreachable(url.host, "it sent us elsewhere, which is not followed: the address may have changed");
  return { status: response.status, headers: response.headers, body: json(text) };
}

/** Why nothing came, in words; the code is for whoever searches for it. */
export function reason(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError")
    return `there was no answer within ${ANSWER_TIMEOUT / 1000} seconds`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = systemCode(cause) ?? systemCode(error);
  if (code === undefined) return messageOf(cause ?? error);
  if (/CERT|SIGNATURE|ERR_TLS/.test(code)) return `its certificate is not trusted on this host (${code})`;
  return `${WORDS[code] ?? "the connection failed"} (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name is not known here",
  EAI_AGAIN: "its name could not be looked up",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_CONNECT_TIMEOUT: "there was no connection in time",
};

async function read(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_LIMIT) throw new Error("the answer was too long");
  }
  return text + decoder.decode();
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asked sees that nothing fits
  }
}
