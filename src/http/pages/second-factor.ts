/** The second step of signing in: a code of the app, or setting the app up. */
import type { QrCode } from "../qr.ts";
import { type Html, html } from "./html.ts";
import { type PageContext, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

const text = messages.secondFactor;

interface Step extends PageContext {
  readonly xsrf: string;
  /** Local path to go to afterwards; `""` for none. */
  readonly next: string;
  /** Says who has proved the password; sealed. */
  readonly ticket: string;
  readonly error?: string | undefined;
}

/** Form: POST `hub/login/second-factor?next=…` with `ticket`, `code`, `_xsrf`. */
export function renderSecondFactor(page: Step): string {
  const body = html`<h1>${text.title}</h1>
<p class="page-lead">${text.lead}</p>
<form method="post" action="${actionOf(page, "second-factor")}">
${problem(page.error)}
${codeField(page.error)}
${hidden(page)}
<button type="submit" class="page-primary">${text.submit}</button>
</form>
<details class="page-help"><summary>${text.recovery}</summary>
<form method="post" action="${actionOf(page, "second-factor")}">
<label for="recovery">${text.recoveryCode}</label>
<input id="recovery" name="code" required maxlength="40" autocomplete="off" autocapitalize="none" spellcheck="false">
${hidden(page)}
<button type="submit" class="page-primary">${text.submit}</button>
</form>
<p class="page-hint">${text.help}</p></details>`;
  return renderFrame({ ...page, title: text.title, body });
}

export interface SetUpPage extends Step {
  /** Base32, as apps take it. */
  readonly secret: string;
  /** `otpauth://totp/…`; comes back with the form, so that a mistyped code needs no new secret. */
  readonly uri: string;
  readonly qr: QrCode;
}

/** Form: POST `hub/login/set-up-second-factor?next=…` with `ticket`, `uri`, `code`, `_xsrf`. */
export function renderSetUp(page: SetUpPage): string {
  const grouped = page.secret.match(/.{1,4}/g)?.join(" ") ?? "";
  const body = html`<h1>${text.setUpTitle}</h1>
<p class="page-lead">${text.setUpLead}</p>
<ol class="page-steps">
<li>${text.setUpScan}
${picture(page.qr)}
<p>${text.setUpType} <code class="page-code">${grouped}</code></p></li>
<li>${text.setUpConfirm}
<form method="post" action="${actionOf(page, "set-up-second-factor")}">
${problem(page.error)}
${codeField(page.error)}
<input type="hidden" name="uri" value="${page.uri}">
${hidden(page)}
<button type="submit" class="page-primary">${text.setUpSubmit}</button>
</form></li>
</ol>`;
  return renderFrame({ ...page, title: text.setUpTitle, body });
}

/** Shown once, when the person is signed in already. */
export function renderRecoveryCodes(
  page: PageContext & { readonly codes: readonly string[]; readonly href: string; readonly userName: string },
): string {
  const body = html`<h1>${text.recoveryTitle}</h1>
<p class="page-lead">${text.recoveryLead}</p>
<ul class="page-codes">${page.codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<a class="page-primary" href="${page.href}">${text.recoveryContinue}</a>`;
  return renderFrame({ ...page, title: text.recoveryTitle, body });
}

function codeField(error: string | undefined): Html {
  return html`<label for="code">${text.code}</label>
<input id="code" name="code" class="page-digits" required maxlength="40" inputmode="numeric" autocomplete="one-time-code"
 spellcheck="false" autofocus${error !== undefined && html` aria-describedby="problem" aria-invalid="true"`}>`;
}

function hidden(page: Step): Html {
  return html`<input type="hidden" name="ticket" value="${page.ticket}">
<input type="hidden" name="_xsrf" value="${page.xsrf}">`;
}

function picture(qr: QrCode): Html {
  return html`<svg class="page-qr" viewBox="0 0 ${qr.size} ${qr.size}" role="img" aria-label="${text.qr}" shape-rendering="crispEdges"><rect width="${qr.size}" height="${qr.size}" fill="#fff"/><path d="${qr.path}" fill="#000"/></svg>`;
}

function actionOf(page: Step, step: string): string {
  return `${page.baseUrl}hub/login/${step}${page.next === "" ? "" : `?next=${encodeURIComponent(page.next)}`}`;
}
