/** Changing one's own password, at FirstUseAuthenticator's address. */
import { type Html, html } from "./html.ts";
import { newPasswordField, type PageContext, passwordField, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface ChangePasswordPage extends PageContext {
  readonly xsrf: string;
  readonly userName: string;
  /** `none`: this person has no password here. `done`: it was changed just now. */
  readonly state: "form" | "none" | "done";
  readonly error?: string | undefined;
  readonly minimumLength: number;
}

const text = messages.changePassword;

/** Form: POST `hub/auth/change-password` with `current`, `password`, `_xsrf`. */
export function renderChangePassword(page: ChangePasswordPage): string {
  const title = page.state === "done" ? text.doneTitle : text.title;
  const body = html`<h1>${title}</h1>
${page.state === "form" && form(page)}
${page.state !== "form" && html`<p class="page-lead" role="status">${page.state === "done" ? text.done : text.none}</p>`}
<p class="page-help"><a href="${page.baseUrl}hub/home">${messages.backHome}</a></p>`;
  return renderFrame({ ...page, title, body, script: true });
}

function form(page: ChangePasswordPage): Html {
  const refused = page.error !== undefined;
  return html`<form method="post" action="${page.baseUrl}hub/auth/change-password">
${problem(page.error)}
<input type="hidden" name="username" value="${page.userName}" autocomplete="username">
${passwordField({
  label: text.current,
  name: "current",
  autocomplete: "current-password",
  describedBy: refused ? "problem" : undefined,
  invalid: refused,
  autofocus: true,
})}
${newPasswordField({ label: text.next, refused, minimumLength: page.minimumLength })}
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>`;
}
