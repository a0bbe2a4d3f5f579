import { useTranslation } from "react-i18next";
import type { Choice } from "../logic/choices.ts";

/** What people read of a choice: a profile's title, an image's name, with its version when it was picked from the catalogue. */
export function useChoiceName(): (choice: Choice) => string {
  const { t } = useTranslation();
  return (choice) => {
    if (choice.kind === "profile") return choice.profile.title;
    if (choice.kind === "image") return choice.image;
    if (choice.kind === "standard") return t("start.standard");
    const { repository, tag } = choice.version;
    return repository === "" ? t("start.catalogue") : `${repository}:${tag}`;
  };
}
