/** Error pages: what happened, why, what to do, and a way back. Never a stack. */
import { html } from "./html.ts";
import { type PageContext, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface ErrorPage extends PageContext {
  readonly status: number;
  /** A few words; `message` is whole sentences. */
  readonly title: string;
  readonly message: string;
  /** Shown when the log can be searched by it. */
  readonly requestId?: string | undefined;
  readonly backHref: string;
  readonly userName?: string | undefined;
}

export function renderError(page: ErrorPage): string {
  const text = messages.error;
  const body = html`<p class="page-status">${page.status}</p>
<h1>${page.title}</h1>
<p class="page-lead">${page.message}</p>
${page.requestId !== undefined && html`<p class="page-hint">${text.request(page.requestId)}</p>`}
<a class="page-primary" href="${page.backHref}">${page.backHref === `${page.baseUrl}hub/home` ? messages.backHome : text.back}</a>`;
  return renderFrame({ ...page, body });
}
