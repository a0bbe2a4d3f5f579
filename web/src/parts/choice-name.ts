import { useTranslation } from "react-i18next";
import type { Choice } from "../logic/choices.ts";

/** What people read of a choice: a profile's title, an image's name. */
export function useChoiceName(): (choice: Choice) => string {
  const { t } = useTranslation();
  return (choice) => {
    if (choice.kind === "profile") return choice.profile.title;
    return choice.kind === "image" ? choice.image : t("start.standard");
  };
}
