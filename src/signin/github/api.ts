/** GitHub's REST API with a person's own token. https://docs.github.com/en/rest/using-the-rest-api */
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { below } from "../provider/addresses.ts";
import { type Answer, ask } from "../provider/ask.ts";
import type { Pause, Voice } from "../provider/port.ts";

/** Older GitHub Enterprise Servers ignore it. */
const API_VERSION = "2022-11-28";
/** 10,000 entries: more is no person. */
const MOST_PAGES = 100;
/** Milliseconds to wait when GitHub says only that it was too much. */
const SHORT_PAUSE = 60_000;

/** Why GitHub did not answer the question. */
export class GithubTrouble extends HubError {
  readonly kind: "revoked" | "limited" | "forbidden";
  readonly pause: Pause | undefined;
  constructor(kind: GithubTrouble["kind"], message: string, pause?: Pause) {
    super(kind === "limited" ? "provider-unreachable" : "sign-in-refused", message);
    this.kind = kind;
    this.pause = pause;
  }
}

export interface Api {
  readonly voice: Voice;
  readonly api: URL;
  readonly token: string;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** @returns undefined for “not found” @throws GithubTrouble, HubError `provider-unreachable` */
export async function get<T>(api: Api, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const answer = await request(api, below(api.api, path));
  return answer.status === 404 ? undefined : parsed(api, answer, schema);
}

/**
 * Every page of a list. https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 * @param note given the headers of each page
 * @throws GithubTrouble, HubError `provider-unreachable`
 */
export async function list<T>(
  api: Api,
  path: string,
  { schema, note }: { readonly schema: z.ZodType<T>; readonly note: (headers: Headers) => void },
): Promise<readonly T[]> {
  const items: T[] = [];
  let url: URL | undefined = below(api.api, path);
  for (let page = 0; url !== undefined; page += 1) {
    if (page === MOST_PAGES) throw api.voice.unreachable(api.api.host, "its list does not end");
    const answer = await request(api, url);
    if (answer.status === 404) return items;
    items.push(...parsed(api, answer, z.array(schema)));
    note(answer.headers);
    url = nextPage(api, answer.headers.get("link"));
  }
  return items;
}

function parsed<T>(api: Api, answer: Answer, schema: z.ZodType<T>): T {
  const value = answer.status === 200 ? schema.safeParse(answer.body) : undefined;
  if (value?.success === true) return value.data;
  throw api.voice.unreachable(api.api.host, `its answer (status ${answer.status}) was not that of GitHub's API`);
}

async function request(api: Api, url: URL): Promise<Answer> {
  const answer = await ask(api.voice, url, {
    method: "GET",
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${api.token}`,
      "user-agent": "hublet",
      "x-github-api-version": API_VERSION,
    },
    signal: api.signal,
  });
  const { title } = api.voice;
  if (answer.status === 401)
    throw new GithubTrouble(
      "revoked",
      `${title} does not take the sign-in any more: it was revoked there. Sign in again.`,
    );
  if (answer.status !== 403 && answer.status !== 429) return answer;
  const said = messageIn(answer);
  const pause = pauseOf(answer, said, api.now());
  if (pause !== undefined)
    throw new GithubTrouble(
      "limited",
      `${title} has had too many questions and answers again at ${new Date(pause.until).toISOString()}. Try again then.`,
      pause,
    );
  if (/account (was|has been|is) suspended/i.test(said))
    throw new GithubTrouble("revoked", `This account is suspended at ${title}. Ask ${title} about it.`);
  throw new GithubTrouble("forbidden", `${title} does not let the hub see this: ${said}`);
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function pauseOf({ status, headers }: Answer, said: string, now: number): Pause | undefined {
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(retryAfter)) return { until: now + retryAfter * 1000, whose: "everybody" };
  // The hourly limit is each person's own.
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN) * 1000;
  if (headers.get("x-ratelimit-remaining") === "0" && Number.isFinite(reset))
    return { until: Math.max(reset, now), whose: "person" };
  if (status === 429 || /rate limit/i.test(said)) return { until: now + SHORT_PAUSE, whose: "everybody" };
  return undefined;
}

function messageIn(answer: Answer): string {
  const body = z.object({ message: z.string() }).safeParse(answer.body);
  return body.success ? body.data.message.slice(0, 300) : `status ${answer.status}`;
}

/** The address in `Link: <…>; rel="next"` (RFC 8288), which must not lead the token anywhere else. */
function nextPage(api: Api, link: string | null): URL | undefined {
  const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  if (next === undefined) return undefined;
  const url = URL.parse(next, api.api);
  if (url?.origin === api.api.origin) return url;
  throw api.voice.unreachable(api.api.host, "its next page is at another host, which is not asked");
}
