/** Gate cookies: what lets a browser through the proxy to a server that has no JupyterHub inside (protocol `http`). */
import type { ServerName, UserName } from "../kernel/index.ts";
import type { Identity } from "./identity.ts";

export interface GateRequest {
  /** A signed-in browser (`via: "cookie"`). */
  readonly identity: Identity;
  readonly user: UserName;
  readonly server: ServerName;
  /** Changes at every start of the server: older cookies stop working. */
  readonly epoch: string;
  /** The cookie gets `Secure`. */
  readonly secure: boolean;
}

export interface Gate {
  /**
   * A `Set-Cookie` value for `hublet-gate`, life 15 minutes.
   * @throws HubError `forbidden` when the identity may not reach that server
   */
  issue(request: GateRequest): string;
  /**
   * A fresh `Set-Cookie` value for a cookie the proxy sent back; undefined when it is forged or of another server or
   * start, or its session has ended, or access is gone.
   */
  renew(
    cookie: string,
    expected: {
      readonly user: UserName;
      readonly server: ServerName;
      readonly epoch: string;
      readonly secure: boolean;
    },
  ): Promise<string | undefined>;
}
