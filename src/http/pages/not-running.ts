/** The page for a visit to a stopped server (status 424, contract 1.8). */
import { html } from "./html.ts";
import { type PageContext, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface NotRunningPage extends PageContext {
  /** Who is signed in. */
  readonly userName: string;
  /** Whose server it is; the signed-in person's own when left out. */
  readonly owner?: string | undefined;
  /** Name of the server, `""` for the default one. */
  readonly server: string;
  /** `hub/spawn/…`, with `next` leading back to where the person wanted to go. */
  readonly startHref: string;
}

export function renderNotRunning(page: NotRunningPage): string {
  const text = messages.notRunning;
  const own = page.owner === undefined || page.owner === page.userName;
  const title = own ? text.title : text.titleOther(page.owner ?? "");
  const body = html`<h1>${title}</h1>
${page.server !== "" && html`<p><strong>${text.named(page.server)}</strong></p>`}
<p class="page-lead">${text.message}</p>
<p>${text.otherwise}</p>
<div class="page-actions"><a class="page-primary" href="${page.startHref}">${text.start}</a>
<a class="page-quiet" href="${page.baseUrl}hub/home">${messages.backHome}</a></div>`;
  return renderFrame({ ...page, title, body });
}
