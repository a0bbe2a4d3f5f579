import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { when } from "../logic/words.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import type { Added } from "./add-dialog.tsx";
import { KeptFiles } from "./kept-files.tsx";
import styles from "./people.module.css";

/** The one-time links of the people just added: each to copy, or all as lines of name, tab, link. */
export function AddedLinks({ added, onDone }: { readonly added: Added; readonly onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const { links, existing, keptFiles } = added;
  const addressOf = (url: string) => new URL(url, window.location.origin).href;
  const all = links.map(({ name, url }) => `${name}\t${addressOf(url)}`).join("\n");
  const expires = links[0]?.expiresAt;
  const result = useRef<HTMLDivElement>(null);
  useEffect(() => result.current?.focus(), []);
  return (
    <div className="stack" ref={result} tabIndex={-1} style={{ outline: "none" }}>
      {links.length > 0 && <p>{t("add.doneText")}</p>}
      {existing.length > 0 && (
        <p className="quiet break">{t("add.existing", { count: existing.length, names: existing.join(", ") })}</p>
      )}
      {links.length > 0 && (
        <ul className={styles.links}>
          {links.map(({ name, url }) => (
            <li key={name}>
              <div className="break">
                <p className={styles.name}>{name}</p>
                <code className="quiet small break">{addressOf(url)}</code>
              </div>
              <CopyButton
                size="sm"
                text={addressOf(url)}
                label={t("app.copy")}
                fullLabel={t("claim.copyOf", { name })}
              />
            </li>
          ))}
        </ul>
      )}
      <KeptFiles names={keptFiles} />
      {expires !== undefined && (
        <p className="quiet small">{t("claim.until", { when: when(expires, i18n.language) })}</p>
      )}
      <div className="actions actions-end">
        <Button variant="default" onClick={onDone}>
          {t("add.done")}
        </Button>
        {links.length > 0 && <CopyButton text={all} label={t("add.copyAll")} variant="filled" />}
      </div>
    </div>
  );
}
