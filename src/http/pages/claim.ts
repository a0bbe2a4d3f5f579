/** The page a claim link leads to: who you are about to be, a password, done. */
import { type Html, html } from "./html.ts";
import { newPasswordField, type PageContext, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface ClaimPage extends PageContext {
  readonly xsrf: string;
  /** The code of the link; `""` when none came along. */
  readonly code: string;
  /** Whose account the code is for; `undefined` when the code is unknown, used or expired. */
  readonly username: string | undefined;
  readonly error?: string | undefined;
  readonly minimumLength: number;
}

const text = messages.claim;

/**
 * Form: POST `hub/claim` with `code`, `username`, `password`, `_xsrf`. Without a code it asks for one (GET `hub/claim?code=`;
 * `pages.js` takes a code that stands after `#`); with an unknown one it says what to do.
 */
export function renderClaim(page: ClaimPage): string {
  if (page.username !== undefined) return frame(page, text.title(page.hubName), passwordForm(page, page.username));
  if (page.code === "") return frame(page, text.codeTitle, codeForm(page));
  return frame(page, text.unknownTitle, unknown(page));
}

function frame(page: ClaimPage, title: string, body: Html): string {
  return renderFrame({ ...page, title, body, script: true });
}

function passwordForm(page: ClaimPage, username: string): Html {
  const refused = page.error !== undefined;
  return html`<h1>${text.title(page.hubName)}</h1>
<p class="page-lead">${text.lead}</p>
<form method="post" action="${page.baseUrl}hub/claim">
${problem(page.error)}
<label for="username">${text.username}</label>
<input id="username" name="username" value="${username}" readonly autocomplete="username">
${newPasswordField({ label: text.password, refused, minimumLength: page.minimumLength, autofocus: true })}
<input type="hidden" name="code" value="${page.code}">
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>`;
}

function codeForm(page: ClaimPage): Html {
  return html`<h1>${text.codeTitle}</h1>
<p class="page-lead">${text.codeLead}</p>
<form method="get" action="${page.baseUrl}hub/claim" data-claim-code>
${problem(page.error)}
<label for="code">${text.code}</label>
<input id="code" name="code" required autocomplete="off" autocapitalize="none" spellcheck="false" autofocus${
    page.error !== undefined && html` aria-invalid="true" aria-describedby="problem"`
  }>
<button type="submit" class="page-primary">${text.codeSubmit}</button>
</form>`;
}

function unknown(page: ClaimPage): Html {
  return html`<h1>${text.unknownTitle}</h1>
<p class="page-lead">${page.error ?? text.unknownMessage}</p>
<a class="page-primary" href="${page.baseUrl}hub/login">${messages.toSignIn}</a>`;
}
