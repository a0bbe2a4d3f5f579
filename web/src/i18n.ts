/** Texts of the app. A translation is another catalogue of the same shape, picked here. */
import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./locales/en.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

export async function createTexts(): Promise<i18n> {
  const texts = createInstance();
  await texts.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
  return texts;
}
