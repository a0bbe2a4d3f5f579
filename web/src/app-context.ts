/** What every component may need, made once in `main.tsx`. */
import { createContext, useContext } from "react";
import type { Api } from "./api/client.ts";
import type { LiveStream } from "./api/live.ts";
import type { Boot } from "./boot.ts";

export interface App {
  readonly boot: Boot;
  readonly api: Api;
  readonly live: LiveStream;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("AppContext is missing around this component");
  return app;
}
