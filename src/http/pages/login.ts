/** The sign-in page. */
import { type Html, html } from "./html.ts";
import { type PageContext, passwordField, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface LoginPage extends PageContext {
  /** The value of the `_xsrf` cookie. */
  readonly xsrf: string;
  /** Local path to go to afterwards; `""` for none. */
  readonly next: string;
  /** Name and password can be typed; `anybody`: any name is taken, which visitors should know. */
  readonly form: "passwords" | "anybody" | "none";
  /** Ways that begin elsewhere, each a button. */
  readonly buttons: readonly { readonly title: string; readonly href: string }[];
  /** People may ask for an account. */
  readonly signUp: boolean;
  /** `firstUse: open`: the fewest characters of a first password, which becomes its person's; undefined: not so. */
  readonly firstPassword?: number | undefined;
  /** Why the last try was refused, and what to do. */
  readonly error?: string | undefined;
  /** The name typed at the last try. */
  readonly username?: string | undefined;
}

const text = messages.login;

/** Form: POST `hub/login?next=…` with `username`, `password`, `_xsrf` (contract 2.6). */
export function renderLogin(page: LoginPage): string {
  const title = text.title(page.hubName);
  const form = page.form !== "none";
  const body = html`<h1>${title}</h1>
${problem(page.error)}
${form && passwordForm(page)}
${page.form === "passwords" && page.firstPassword !== undefined && html`<p class="page-hint">${text.firstUse(page.firstPassword)}</p>`}
${form && page.buttons.length > 0 && html`<p class="page-or">${text.or}</p>`}
${page.buttons.length > 0 && buttons(page)}
${!form && page.buttons.length === 0 && html`<p class="page-lead">${text.closed}</p>`}
${page.signUp && html`<p class="page-help">${text.newHere} <a href="${page.baseUrl}hub/signup">${text.signUp}</a></p>`}
${page.form === "passwords" && html`<p class="page-help">${page.signUp || page.firstPassword !== undefined ? text.helpForgotten : text.help}</p>`}
${page.form === "anybody" && html`<p class="page-help">${text.anybody}</p>`}`;
  return renderFrame({ ...page, title, body, script: form });
}

function passwordForm(page: LoginPage): Html {
  const query = page.next === "" ? "" : `?next=${encodeURIComponent(page.next)}`;
  const refused = page.error !== undefined;
  const known = page.username !== undefined && page.username !== "";
  // With several ways to choose from, nobody is led into one of them.
  const only = page.buttons.length === 0;
  return html`<form method="post" action="${page.baseUrl}hub/login${query}">
<label for="username">${text.username}</label>
<input id="username" name="username" required maxlength="255" autocomplete="username" autocapitalize="none" spellcheck="false"
 value="${page.username ?? ""}"${refused && html` aria-invalid="true" aria-describedby="problem"`}${only && !known && html` autofocus`}>
${passwordField({
  label: text.password,
  autocomplete: "current-password",
  describedBy: refused ? "problem" : undefined,
  invalid: refused,
  autofocus: known,
})}
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>`;
}

function buttons(page: LoginPage): Html {
  const links = page.buttons.map(
    ({ title, href }) => html`<a class="page-choice" href="${href}" rel="nofollow">${text.with(title)}</a>
`,
  );
  return html`<nav class="page-choices" aria-label="${text.ways}">
${links}</nav>`;
}
