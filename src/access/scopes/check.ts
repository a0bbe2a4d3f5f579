/** Asking an expanded set: may this be done to that? (Contract 3.1 and 4.5.) */
import type { FilterKind, ScopeSet } from "./scope-set.ts";

/** What a request is about; `server` is the server's name and needs `user`. Empty: the hub as a whole. */
export interface Resource {
  readonly user?: string;
  readonly server?: string;
  readonly group?: string;
  readonly service?: string;
}

/** `filtered`: held, but for other resources: answer 404. `no`: not held in any form: answer 403. */
export type Held = "yes" | "filtered" | "no";
export type { FilterKind, ScopeSet };
