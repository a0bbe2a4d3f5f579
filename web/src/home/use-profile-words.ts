import { useTranslation } from "react-i18next";
import type { ProfileView } from "../../../src/contract/index.ts";
import { memorySize } from "../logic/words.ts";

/** "Up to 4 GB of memory and 2 CPUs", or `null` when nothing is known. */
export function useProfileWords(profile: ProfileView | undefined): string | null {
  const { t, i18n } = useTranslation();
  if (profile === undefined || profile.memoryBytes === null) return null;
  const memory = memorySize(profile.memoryBytes, i18n.language);
  return profile.cpus === null ? t("home.limits", { memory }) : t("home.limitsCpu", { memory, count: profile.cpus });
}
