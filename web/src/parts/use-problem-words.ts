import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client.ts";

/** An error in words: the hub's own when it gave some. */
export function useProblemWords(error: unknown): string {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return t("app.failed", { status: error instanceof Error ? error.name : "?" });
  if (error.message !== "") return error.message;
  return error.status === 0 ? t("app.unreachable") : t("app.failed", { status: error.status });
}
