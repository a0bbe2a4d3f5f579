import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";
import type { Token } from "./token-model.ts";
import { useTokenName } from "./use-token-name.ts";

export function RevokeDialog({ token, onClose }: { readonly token: Token | null; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const cache = useQueryClient();
  const name = useTokenName(token);
  const revoke = useMutation({
    mutationFn: (id: string) =>
      api.call(`users/${urlName(boot.user.name)}/tokens/${urlName(id)}`, { method: "DELETE" }),
    onSuccess: onClose,
    onSettled: () => void cache.invalidateQueries({ queryKey: keys.tokens }),
  });
  return (
    <Confirm
      opened={token !== null}
      onClose={onClose}
      title={t("tokens.revokeTitle", { note: name })}
      confirm={t("tokens.revokeConfirm")}
      cancel={t("tokens.keep")}
      danger
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => token !== null && revoke.mutate(token.id)}
    >
      <p>{t("tokens.revokeText")}</p>
    </Confirm>
  );
}
