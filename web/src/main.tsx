/** Composition root of the web app. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import { BrowserRouter } from "react-router";
import { ApiError, createApi } from "./api/client.ts";
import { LiveStream } from "./api/live.ts";
import { AppContext } from "./app-context.ts";
import { readBoot } from "./boot.ts";
import { createTexts } from "./i18n.ts";
import { Broken } from "./shell/broken.tsx";
import { Shell } from "./shell/shell.tsx";
import "./theme/styles.ts";
import { cssVariablesResolver, theme } from "./theme/theme.ts";

const boot = readBoot(document);
const api = createApi(boot, window);
const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Only what may pass by itself is tried again: no answer, or a hub in trouble.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
    mutations: { retry: false },
  },
});
const live = new LiveStream(api, cache, boot.user.name);
const texts = await createTexts();
const place = document.getElementById("app");
if (place === null) throw new Error("app.html has no #app");

createRoot(place).render(
  <I18nextProvider i18n={texts}>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <AppContext value={{ boot, api, live }}>
          <Broken>
            <BrowserRouter basename={`${boot.baseUrl}hub`}>
              <Shell />
            </BrowserRouter>
          </Broken>
        </AppContext>
      </QueryClientProvider>
    </MantineProvider>
  </I18nextProvider>,
);
