import { Button } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import { useApp } from "../app-context.ts";
import { describeScopes } from "../logic/scopes.ts";
import { Ago } from "../parts/since.tsx";
import type { Token } from "./token-model.ts";
import styles from "./tokens.module.css";
import { useTokenName } from "./use-token-name.ts";

interface Props {
  readonly label: string;
  readonly tokens: readonly Token[];
  readonly onRevoke: (token: Token) => void;
}

export function TokenList({ label, tokens, onRevoke }: Props) {
  return (
    <ul className={styles.list} aria-label={label}>
      {tokens.map((token) => (
        <Row key={token.id} token={token} onRevoke={() => onRevoke(token)} />
      ))}
    </ul>
  );
}

function Row({ token, onRevoke }: { readonly token: Token; readonly onRevoke: () => void }) {
  const { t } = useTranslation();
  const name = useTokenName(token);
  return (
    <li className={`card ${styles.token}`}>
      <div className={styles.about}>
        <h2 className="break">{name}</h2>
        <Scopes scopes={token.scopes} />
        <p className={styles.times}>
          <span>
            <Trans i18nKey="tokens.created" components={{ time: <Ago iso={token.created} /> }} />
          </span>
          <span>
            {token.last_activity === null ? (
              t("tokens.unused")
            ) : (
              <Trans i18nKey="tokens.used" components={{ time: <Ago iso={token.last_activity} /> }} />
            )}
          </span>
          <span>
            {token.expires_at === null ? (
              t("tokens.never")
            ) : (
              <Trans i18nKey="tokens.expires" components={{ time: <Ago iso={token.expires_at} /> }} />
            )}
          </span>
        </p>
      </div>
      <Button
        variant="subtle"
        color="red"
        size="sm"
        onClick={onRevoke}
        aria-label={t("tokens.revokeOf", { note: name })}
      >
        {t("tokens.revoke")}
      </Button>
    </li>
  );
}

function Scopes({ scopes }: { readonly scopes: readonly string[] }) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const { all, words, others } = describeScopes(scopes, boot.user.name);
  if (all) return <p className={styles.scopes}>{t("scopes.everything")}</p>;
  return (
    <ul className={styles.scopes}>
      {words.map((word) => (
        <li key={word}>{t(`scopes.${word}`)}</li>
      ))}
      {others.map((scope) => (
        <li key={scope} className="break">
          <code>{scope}</code>
        </li>
      ))}
    </ul>
  );
}
