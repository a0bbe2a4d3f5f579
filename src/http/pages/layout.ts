/** The frame of every page that the hub renders itself: works without JavaScript, loads one style sheet. */
import { type Html, html } from "./html.ts";
import { messages } from "./messages.ts";

/** What every page needs. `baseUrl` begins and ends with `/`; the hub is at `${baseUrl}hub/`. */
export interface PageContext {
  readonly hubName: string;
  readonly baseUrl: string;
  /** The announcement, when there is one. */
  readonly banner?: { readonly text: string; readonly level: "info" | "warning" } | undefined;
}

interface Frame extends PageContext {
  readonly title: string;
  readonly body: Html;
  /** Loads `pages.js` (show password, strength hint); the page must be whole without it. */
  readonly script?: boolean;
  readonly userName?: string | undefined;
}

/** A whole HTML document. Holds no inline script or style, so `default-src 'self'` is enough for it. */
export function renderFrame(frame: Frame): string {
  const { hubName, title, body, userName, banner } = frame;
  const assets = `${frame.baseUrl}hub/static/`;
  return html`<!doctype html>
<html lang="${messages.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta name="referrer" content="same-origin">
<title>${title}${title.includes(hubName) ? "" : ` · ${hubName}`}</title>
<link rel="icon" type="image/svg+xml" href="${assets}logo.svg">
<link rel="stylesheet" href="${assets}pages.css">
${frame.script === true && html`<script src="${assets}pages.js" defer></script>`}
</head>
<body class="page">
${banner !== undefined && html`<aside class="page-banner is-${banner.level}" aria-label="${messages.banner}">${banner.text}</aside>`}
<header class="page-brand"><img src="${frame.baseUrl}hub/logo" alt="" width="36" height="36"><span>${hubName}</span></header>
<main class="page-card">
${body}
</main>
${userName !== undefined && html`<footer class="page-foot">${messages.signedInAs(userName)}</footer>`}
</body>
</html>
`.text;
}

/** A password field with a button that shows what was typed; the button appears only when `pages.js` runs. */
export function passwordField(field: {
  readonly label: string;
  /** Id and name of the field; `password` when left out. */
  readonly name?: string | undefined;
  readonly autocomplete: "current-password" | "new-password";
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean | undefined;
  readonly minimumLength?: number | undefined;
  readonly autofocus?: boolean | undefined;
}): Html {
  const name = field.name ?? "password";
  return html`<label for="${name}">${field.label}</label>
<div class="page-password">
<input id="${name}" name="${name}" type="password" required maxlength="1024" autocapitalize="none" spellcheck="false"
 autocomplete="${field.autocomplete}"${field.minimumLength !== undefined && html` minlength="${field.minimumLength}"`}${
   field.describedBy !== undefined && html` aria-describedby="${field.describedBy}"`
 }${field.invalid === true && html` aria-invalid="true"`}${field.autofocus === true && html` autofocus`}>
<button type="button" class="page-reveal" hidden aria-pressed="false" aria-label="${messages.showPassword}"
 data-reveal="${name}" title="${messages.showPassword}"><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/><circle cx="12" cy="12" r="2.8"/></svg></button>
</div>`;
}

/** A new password: the field, how long it must be, and (with `pages.js`) how good it is. */
export function newPasswordField(field: {
  readonly label: string;
  readonly name?: string | undefined;
  readonly refused: boolean;
  readonly minimumLength: number;
  readonly autofocus?: boolean | undefined;
}): Html {
  const { minimumLength, refused } = field;
  const name = field.name ?? "password";
  const text = messages.newPassword;
  return html`${passwordField({
    label: field.label,
    name,
    autocomplete: "new-password",
    describedBy: refused ? `problem ${name}-hint` : `${name}-hint`,
    invalid: refused,
    minimumLength,
    autofocus: field.autofocus,
  })}
<p class="page-hint" id="${name}-hint">${text.hint(minimumLength)}</p>
<p class="page-strength" data-strength="${name}" data-minimum="${minimumLength}" data-short="${text.strengthShort}"
 data-weak="${text.strengthWeak}" data-fair="${text.strengthFair}" data-strong="${text.strengthStrong}" role="status" hidden></p>`;
}

/** The reason of a refusal, read out at once and named by the field it belongs to. */
export function problem(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p class="page-problem" id="problem" role="alert">${error}</p>`;
}
