/** Tokens for scripts: what each may do, when it was used, and its end. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { PlusIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { TokenList } from "./token-list.tsx";
import { sortTokens, type Token } from "./token-model.ts";
import styles from "./tokens.module.css";

export function TokensPage() {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const tokens = useQuery({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => api.call<{ api_tokens: Token[] }>(`users/${urlName(boot.user.name)}/tokens`, { signal }),
  });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const sorted = tokens.data === undefined ? undefined : sortTokens(tokens.data.api_tokens);
  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <PageTitle title={t("tokens.title")} />
        <Button leftSection={<PlusIcon />} onClick={() => setCreating(true)}>
          {t("tokens.create")}
        </Button>
      </div>
      <p className="quiet">{t("tokens.lead")}</p>
      {tokens.isPending && <Loading />}
      {tokens.isError && <Problem error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {sorted !== undefined && sorted.own.length === 0 && <p className="card quiet">{t("tokens.none")}</p>}
      {sorted !== undefined && sorted.own.length > 0 && (
        <TokenList label={t("tokens.title")} tokens={sorted.own} onRevoke={setRevoking} />
      )}
      {sorted !== undefined && sorted.others.length > 0 && (
        <details className={styles.others}>
          <summary>
            {t("tokens.others")} ({sorted.others.length})
          </summary>
          <p className="quiet small">{t("tokens.othersHint")}</p>
          <TokenList label={t("tokens.others")} tokens={sorted.others} onRevoke={setRevoking} />
        </details>
      )}
      <CreateDialog opened={creating} onClose={() => setCreating(false)} />
      <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />
    </div>
  );
}
