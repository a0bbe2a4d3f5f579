import { Button } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import type { Explanation, PersonView } from "../../../src/contract/index.ts";
import type { Ask } from "../admin/person-dialogs.tsx";
import { CheckIcon, CrossIcon } from "../parts/icons.tsx";
import { Ago } from "../parts/since.tsx";
import styles from "./person.module.css";

interface Props {
  readonly person: PersonView;
  readonly explanation: Explanation;
  readonly onAsk: (what: Ask, of?: string) => void;
}

/** Each way of signing in and whether it works for this person, the accounts elsewhere, and the second factor. */
export function PersonSignIn({ person, explanation, onAsk }: Props) {
  const { t } = useTranslation();
  const { methods, identities } = explanation;
  return (
    <>
      {methods.length > 0 && (
        <ul className={styles.rows}>
          {methods.map(({ method, title, usable, text }) => (
            <li key={method}>
              <div className={styles.about}>
                <span className={styles.line}>
                  {usable ? <CheckIcon /> : <CrossIcon />}
                  <span className={`${styles.strong} break`}>{title}</span>
                  <span className="quiet small">{t(usable ? "person.usable" : "person.unusable")}</span>
                </span>
                {text !== "" && <span className="quiet small break">{text}</span>}
              </div>
            </li>
          ))}
        </ul>
      )}
      {identities.length > 0 && (
        <ul className={styles.rows} aria-label={t("person.logins")}>
          {identities.map(({ provider, subject, login, groups, refreshedAt, problem }) => (
            <li key={`${provider} ${subject}`}>
              <div className={styles.about}>
                <span className={`${styles.strong} break`}>
                  {provider}: {login}
                </span>
                {groups.length > 0 && <span className="small break">{groups.join(", ")}</span>}
                <span className="quiet small">
                  <Trans i18nKey="person.refreshed" components={{ time: <Ago iso={refreshedAt} /> }} />
                </span>
                {problem !== null && <span className={`${styles.notice} small break`}>{problem}</span>}
              </div>
              <Button
                variant="subtle"
                color="red"
                size="sm"
                aria-label={t("person.forgetOf", { login: `${provider}: ${login}` })}
                onClick={() => onAsk("forget", provider)}
              >
                {t("person.forget")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="quiet small">{t(person.secondFactor ? "person.factorOn" : "person.factorOff")}</p>
      <div className={styles.actions}>
        <Button variant="default" size="sm" onClick={() => onAsk("claim")}>
          {person.claimed ? t("admin.resetLink") : t("admin.newLink")}
        </Button>
        {person.secondFactor && (
          <Button variant="default" size="sm" onClick={() => onAsk("factor")}>
            {t("person.factorReset")}
          </Button>
        )}
      </div>
    </>
  );
}
