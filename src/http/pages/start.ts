/** Choosing what to start, for browsers without script; with script, the React page asks the same. */
import { type Html, html } from "./html.ts";
import { type PageContext, problem, renderFrame } from "./layout.ts";
import { messages } from "./messages.ts";

export interface StartPage extends PageContext {
  readonly xsrf: string;
  readonly userName: string;
  /** Path and query that the form is posted to: the page's own, with its `next`. */
  readonly action: string;
  readonly profiles: readonly { readonly name: string; readonly title: string; readonly description: string }[];
  /** Images with a name of their own. */
  readonly images: readonly string[];
  /** Of the catalogue; the second page asks for a tag. */
  readonly repositories: readonly string[];
  /** What the last start chose; `""` is nothing. */
  readonly chosen: { readonly profile: string; readonly image: string };
  /** Why the last try was refused, or what is missing in the list. */
  readonly error?: string | undefined;
}

export interface StartTagPage extends PageContext {
  readonly xsrf: string;
  readonly userName: string;
  readonly action: string;
  /** Where another repository can be picked. */
  readonly backHref: string;
  readonly repository: string;
  readonly tags: readonly string[];
  readonly chosen: { readonly profile: string; readonly tag: string };
  readonly error?: string | undefined;
}

const text = messages.start;

/** Stands in the shell of the React application, where there is no script. */
export function withoutScript(href: string): string {
  return html`<p><a href="${href}">${text.withoutScript}</a></p>`.text;
}

/** Form: POST `hub/spawn/…` with `profile` and `image`, each of which may be empty, and `_xsrf` (contract 1.8). */
export function renderStart(page: StartPage): string {
  const { profiles, images, repositories, chosen } = page;
  const some = images.length > 0 || repositories.length > 0;
  const body = html`<h1>${text.title}</h1>
${problem(page.error)}
<form method="post" action="${page.action}">
${profiles.length > 0 && profileField(page)}
${
  some &&
  html`<label for="image">${text.image}</label>
<select id="image" name="image">
<option value="">${profiles.length > 0 ? text.imageOfProfile : text.standard}</option>
${images.length > 0 && group(text.images, images, chosen.image)}
${repositories.length > 0 && group(text.catalogue, repositories, chosen.image)}
</select>
${repositories.length > 0 && html`<p class="page-hint">${text.tagLater}</p>`}`
}
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>
<p class="page-help"><a href="${page.baseUrl}hub/home">${messages.backHome}</a></p>`;
  return renderFrame({ ...page, title: text.title, body });
}

/** Form: POST `hub/spawn/…` with `profile`, `image`, `tag` and `_xsrf`. */
export function renderStartTag(page: StartTagPage): string {
  const { repository, tags, chosen } = page;
  const body = html`<h1>${text.tagTitle}</h1>
<p class="page-lead"><strong>${repository}</strong></p>
${problem(page.error)}
${
  tags.length === 0
    ? html`<p>${text.noTags}</p>`
    : html`<form method="post" action="${page.action}">
<input type="hidden" name="profile" value="${chosen.profile}">
<input type="hidden" name="image" value="${repository}">
<label for="tag">${text.tag}</label>
<select id="tag" name="tag">${tags.map((tag) => option(tag, chosen.tag))}</select>
<input type="hidden" name="_xsrf" value="${page.xsrf}">
<button type="submit" class="page-primary">${text.submit}</button>
</form>`
}
<p class="page-help"><a href="${page.backHref}">${text.other}</a></p>`;
  return renderFrame({ ...page, title: text.tagTitle, body });
}

function profileField({ profiles, chosen }: StartPage): Html {
  const known = profiles.some(({ name }) => name === chosen.profile);
  const rows = profiles.map(({ name, title, description }, index) => {
    const checked = known ? name === chosen.profile : index === 0;
    return html`<label for="profile-${index}"><input type="radio" id="profile-${index}" name="profile" value="${name}"${checked && html` checked`}>
<span><strong>${title}</strong>${description !== "" && html`<br>${description}`}</span></label>
`;
  });
  return html`<fieldset class="page-radios"><legend>${text.profile}</legend>
${rows}</fieldset>`;
}

function group(label: string, names: readonly string[], chosen: string): Html {
  return html`<optgroup label="${label}">${names.map((name) => option(name, chosen))}</optgroup>`;
}

function option(name: string, chosen: string): Html {
  return html`<option value="${name}"${name === chosen && html` selected`}>${name}</option>
`;
}
