/** Asking for an account. */
import { html } from "./html.ts";
import { newPasswordField, type PageContext, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface SignUpPage extends PageContext {
  readonly xsrf: string;
  readonly error?: string | undefined;
  readonly username?: string | undefined;
  readonly note?: string | undefined;
  readonly minimumLength: number;
}

const text = messages.signUp;

/** Form: POST `hub/signup` with `username`, `password`, `note`, `_xsrf`. */
export function renderSignUp(page: SignUpPage): string {
  const refused = page.error !== undefined;
  const body = html`<h1>${text.title(page.hubName)}</h1>
<p class="page-lead">${text.lead}</p>
<form method="post" action="${page.baseUrl}hub/signup">
${problem(page.error)}
<label for="username">${text.username}</label>
<input id="username" name="username" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false"
 value="${page.username ?? ""}"${refused && html` aria-invalid="true" aria-describedby="problem"`} autofocus>
${newPasswordField({ label: text.password, refused, minimumLength: page.minimumLength })}
<label for="note">${text.note}</label>
<input id="note" name="note" maxlength="500" autocomplete="off" value="${page.note ?? ""}" aria-describedby="note-hint">
<p class="page-hint" id="note-hint">${text.noteHint}</p>
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>
<p class="page-help"><a href="${page.baseUrl}hub/login">${messages.toSignIn}</a></p>`;
  return renderFrame({ ...page, title: text.title(page.hubName), body, script: true });
}

/** The same for every name, also for one that is taken. */
export function renderSignUpSent(page: PageContext): string {
  const body = html`<h1>${text.sentTitle}</h1>
<p class="page-lead" role="status">${text.sent}</p>
<a class="page-primary" href="${page.baseUrl}hub/login">${messages.toSignIn}</a>`;
  return renderFrame({ ...page, title: text.sentTitle, body });
}
