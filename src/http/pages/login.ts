/** The sign-in page. */
import { html } from "./html.ts";
import { type PageContext, passwordField, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface LoginPage extends PageContext {
  /** The value of the `_xsrf` cookie. */
  readonly xsrf: string;
  /** Local path to go to afterwards; `""` for none. */
  readonly next: string;
  /** Why the last try was refused, and what to do. */
  readonly error?: string | undefined;
  /** The name typed at the last try. */
  readonly username?: string | undefined;
}

/** Form: POST `hub/login?next=…` with `username`, `password`, `_xsrf` (contract 2.6). */
export function renderLogin(page: LoginPage): string {
  const text = messages.login;
  const title = text.title(page.hubName);
  const query = page.next === "" ? "" : `?next=${encodeURIComponent(page.next)}`;
  const refused = page.error !== undefined;
  const known = page.username !== undefined && page.username !== "";
  const body = html`<h1>${title}</h1>
<form method="post" action="${page.baseUrl}hub/login${query}">
${problem(page.error)}
<label for="username">${text.username}</label>
<input id="username" name="username" required maxlength="255" autocomplete="username" autocapitalize="none" spellcheck="false"
 value="${page.username ?? ""}"${refused && html` aria-invalid="true" aria-describedby="problem"`}${!known && html` autofocus`}>
${passwordField({
  label: text.password,
  autocomplete: "current-password",
  describedBy: refused ? "problem" : undefined,
  invalid: refused,
  autofocus: known,
})}
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>
<p class="page-help">${text.help}</p>`;
  return renderFrame({ ...page, title, body, script: true });
}
