/** Accepting a share: somebody lets you into their server. */
import { html } from "./html.ts";
import { type PageContext, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface AcceptSharePage extends PageContext {
  readonly owner: string;
  /** `""` is the default server. */
  readonly server: string;
  /** What one will be able to do, in words. */
  readonly words: readonly string[];
  readonly code: string;
  /** Where to go afterwards; `""`: to the server. */
  readonly next: string;
  readonly xsrf: string;
  readonly userName: string;
}

/** Form: POST `hub/accept-share` with `code`, `next` and `_xsrf`. */
export function renderAcceptShare(page: AcceptSharePage): string {
  const text = messages.acceptShare;
  const body = html`<h1>${text.title}</h1>
<p class="page-lead">${text.lead(page.owner, page.server)}</p>
<form method="post" action="${page.baseUrl}hub/accept-share">
<p id="grants">${text.list}</p>
<ul aria-labelledby="grants">${page.words.map((words) => html`<li>${words}</li>`)}</ul>
<p class="page-hint">${text.caution(page.owner)}</p>
<input type="hidden" name="code" value="${page.code}">
<input type="hidden" name="next" value="${page.next}">
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<div class="page-actions"><button type="submit" class="page-primary">${text.submit}</button>
<a class="page-quiet" href="${page.baseUrl}hub/home">${text.cancel}</a></div>
</form>`;
  return renderFrame({ ...page, title: text.title, body });
}
