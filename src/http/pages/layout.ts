/** The frame of every page that the hub renders itself: works without JavaScript, loads one style sheet. */
import { type Html, html } from "./html.ts";
import { messages } from "./messages.ts";

/** What every page needs. `baseUrl` begins and ends with `/`; the hub is at `${baseUrl}hub/`. */
export interface PageContext {
  readonly hubName: string;
  readonly baseUrl: string;
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
  const { hubName, title, body, userName } = frame;
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
  readonly autocomplete: "current-password" | "new-password";
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean | undefined;
  readonly minimumLength?: number | undefined;
  readonly autofocus?: boolean | undefined;
}): Html {
  return html`<label for="password">${field.label}</label>
<div class="page-password">
<input id="password" name="password" type="password" required maxlength="1024" autocapitalize="none" spellcheck="false"
 autocomplete="${field.autocomplete}"${field.minimumLength !== undefined && html` minlength="${field.minimumLength}"`}${
   field.describedBy !== undefined && html` aria-describedby="${field.describedBy}"`
 }${field.invalid === true && html` aria-invalid="true"`}${field.autofocus === true && html` autofocus`}>
<button type="button" class="page-reveal" hidden aria-pressed="false" aria-label="${messages.showPassword}"
 data-reveal="password" title="${messages.showPassword}"><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/><circle cx="12" cy="12" r="2.8"/></svg></button>
</div>`;
}

/** The reason of a refusal, read out at once and named by the field it belongs to. */
export function problem(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p class="page-problem" id="problem" role="alert">${error}</p>`;
}
