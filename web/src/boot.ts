/** What the hub writes into `app.html` for the person who asked for it. */

export interface Boot {
  readonly hubName: string;
  /** Begins and ends with `/`; the hub is at `${baseUrl}hub/`. */
  readonly baseUrl: string;
  /** Value of the `_xsrf` cookie when the page was made. */
  readonly xsrf: string;
  readonly user: { readonly name: string; readonly admin: boolean };
}

/** Reads `<script type="application/json" id="hublet-boot">`. Throws when the hub did not fill it in. */
export function readBoot(page: Document): Boot {
  const text = page.getElementById("hublet-boot")?.textContent;
  if (text === undefined || text === null) throw new Error("The page came without its data (hublet-boot).");
  return JSON.parse(text) as Boot; // written by the hub that also served this program
}
