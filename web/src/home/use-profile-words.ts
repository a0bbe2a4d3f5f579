import { useTranslation } from "react-i18next";
import type { HomeView, ProfileView } from "../../../src/contract/index.ts";
import { enforcedLimits } from "../logic/limits.ts";
import { memorySize } from "../logic/words.ts";

/** "Up to 4 GiB of memory and 2 CPUs", or `null` when nothing is limited, or known. */
export function useProfileWords(profile: ProfileView | undefined, enforced: HomeView["limits"]): string | null {
  const { t, i18n } = useTranslation();
  if (profile === undefined) return null;
  const { memoryBytes, cpus } = enforcedLimits(profile, enforced);
  if (memoryBytes === null) return cpus === null ? null : t("home.limitsCpuOnly", { count: cpus });
  const memory = memorySize(memoryBytes, i18n.language);
  return cpus === null ? t("home.limits", { memory }) : t("home.limitsCpu", { memory, count: cpus });
}
