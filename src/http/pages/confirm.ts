/** The OAuth confirmation: somebody else's server, or a service, asks to act in your name. */
import { html } from "./html.ts";
import { type PageContext, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface ConfirmPage extends PageContext {
  /** What asks, for example `Server at /user/alice/`. */
  readonly clientDescription: string;
  /** Whose it is; `""` for a service of the hub. */
  readonly owner: string;
  /** What is granted, in raw form and in words. */
  readonly scopes: readonly { readonly scope: string; readonly words: string }[];
  readonly xsrf: string;
  /** Path and query of this very page (contract 2.2, step 6). */
  readonly action: string;
  readonly userName: string;
}

/** Form: POST to the same URL with one hidden `scopes` per scope and `_xsrf`. */
export function renderConfirm(page: ConfirmPage): string {
  const text = messages.confirm;
  const body = html`<h1>${text.title}</h1>
<p class="page-lead"><strong>${page.clientDescription}</strong> ${text.lead}</p>
${page.owner !== "" && html`<p>${text.owner(page.owner)}</p>`}
<form method="post" action="${page.action}">
${
  page.scopes.length === 0
    ? html`<p>${text.onlyName(page.userName)}</p>`
    : html`<p id="grants">${text.list(page.userName)}</p>
<ul aria-labelledby="grants">${page.scopes.map(({ scope, words }) => html`<li><span title="${scope}">${words}</span><input type="hidden" name="scopes" value="${scope}"></li>`)}</ul>`
}
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<div class="page-actions"><button type="submit" class="page-primary">${text.submit}</button>
<a class="page-quiet" href="${page.baseUrl}hub/home">${text.cancel}</a></div>
</form>`;
  return renderFrame({ ...page, title: text.title, body });
}
