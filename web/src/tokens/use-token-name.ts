import { useTranslation } from "react-i18next";
import type { Token } from "./token-model.ts";

/** What a person calls a token: its note, else the app it belongs to. */
export function useTokenName(token: Token | null): string {
  const { t } = useTranslation();
  if (token === null) return "";
  if (token.note !== null && token.note !== "") return token.note;
  const client = token.oauth_client;
  return client === null || client === "JupyterHub" ? t("tokens.noNote") : client;
}
