import type { Clock, Secret } from "../../kernel/index.ts";
import { type GateDemand, type GatePass, gatePassAdmits, gatePassIsAging, readGatePass } from "../../kernel/index.ts";
import { gateCookies } from "../cookies.ts";
import { hasForeignOrigin, headerValues, isDeclaredCrossSite } from "./cross-site.ts";
import type { Renewals } from "./renewals.ts";

const MAX_KNOWN = 10_000;

/** The part of a request that the gate looks at. */
export interface GateRequest {
  readonly method: string;
  readonly uri: string;
  readonly rawHeaders: readonly string[];
  readonly upgrade: boolean;
}

/** What becomes of a request at the gate. */
export type Verdict =
  | { readonly kind: "open"; readonly cookie: string }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "refused"; readonly message: string };

/** Lets in those who show a pass for the server, and only requests that the server's own pages can have made. */
export class Gate {
  readonly #key: Secret | undefined;
  readonly #clock: Clock;
  readonly #renewals: Renewals;
  /** Passes whose signature was checked, by cookie: the same one comes with every request of a page. */
  readonly #known = new Map<string, GatePass>();

  constructor(key: Secret | undefined, clock: Clock, renewals: Renewals) {
    this.#key = key;
    this.#clock = clock;
    this.#renewals = renewals;
  }

  judge(request: GateRequest, demand: GateDemand): Verdict {
    const crossSite = crossSiteReason(request);
    if (crossSite !== undefined) return { kind: "refused", message: crossSite };
    const now = this.#clock.now() / 1000;
    for (const header of headerValues(request.rawHeaders, "cookie")) {
      for (const cookie of gateCookies(header)) {
        const pass = this.#read(cookie);
        if (pass === undefined || !gatePassAdmits(pass, demand, now)) continue;
        if (gatePassIsAging(pass, now)) this.#renewals.begin(cookie);
        return { kind: "open", cookie };
      }
    }
    return isNavigation(request)
      ? { kind: "redirect", location: `/hub/gate?next=${encodeURIComponent(request.uri)}` }
      : {
          kind: "refused",
          message:
            "This server opens only to browsers that are signed in to the hub (API tokens do not open it), or your pass has expired. Reload the page to get a new one.",
        };
  }

  #read(cookie: string): GatePass | undefined {
    const known = this.#known.get(cookie);
    if (known !== undefined) return known;
    const pass = this.#key === undefined ? undefined : readGatePass(this.#key, cookie);
    if (pass === undefined) return undefined;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(cookie, pass);
    return pass;
  }
}

/**
 * Why a request may be another site's doing. The proxy adds the server's own token, which switches off the checks that
 * the server would make itself, so they are made here.
 */
function crossSiteReason({ method, rawHeaders, upgrade }: GateRequest): string | undefined {
  if (!upgrade && (method === "GET" || method === "HEAD")) return undefined;
  if (hasForeignOrigin(rawHeaders) || isDeclaredCrossSite(rawHeaders)) {
    return "The request was made by a page of another site, which may not act on this server. Use the server's own pages.";
  }
  return undefined;
}

/** Whether a person waits for a page, who can be sent to the hub. */
function isNavigation({ method, rawHeaders, upgrade }: GateRequest): boolean {
  if (upgrade || (method !== "GET" && method !== "HEAD")) return false;
  return headerValues(rawHeaders, "accept").some((value) => value.includes("text/html"));
}
