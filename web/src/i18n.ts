/**
 * Texts of the app. A translation is another pair of catalogues of the same shape, picked here. What everybody sees first
 * comes with the program; the rest is a namespace of its own, fetched when a page asks for it (`shell/shell.tsx`).
 */
import { type BackendModule, createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./locales/en.ts";
import type { enMore } from "./locales/en-more.ts";

/** Namespace of the texts that are fetched later; looked into for every key that is not in the first. */
export const MORE = "more";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof enMore };
  }
}

const later: BackendModule = {
  type: "backend",
  init: () => undefined,
  // Both parameters must be there: by their number i18next knows that the answer is a promise.
  read: async (_language: string, _namespace: string) => (await import("./locales/en-more.ts")).enMore,
};

export async function createTexts(): Promise<i18n> {
  const texts = createInstance();
  await texts
    .use(later)
    .use(initReactI18next)
    .init({
      lng: "en",
      fallbackLng: "en",
      resources: { en: { translation: en } },
      partialBundledLanguages: true,
      ns: ["translation"],
      defaultNS: "translation",
      fallbackNS: MORE,
      // React escapes what it renders.
      interpolation: { escapeValue: false },
    });
  return texts;
}
