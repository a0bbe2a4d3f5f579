import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { KeptFiles } from "../admin/kept-files.tsx";
import { csvText } from "../logic/csv.ts";
import { when } from "../logic/words.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { DownloadButton } from "../parts/download-button.tsx";
import { Paged } from "../parts/paged.tsx";
import styles from "./import.module.css";
import type { Imported } from "./import-form.tsx";

interface Props {
  readonly imported: Imported;
  readonly onMore: () => void;
}

/** What to hand out, shown once: to copy, or as a file for a mail merge. */
export function ImportResult({ imported, onMore }: Props) {
  const { t, i18n } = useTranslation();
  const { added, existing, keptFiles } = imported;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const rows = added.map(({ name, url, passphrase }) => ({
    name,
    secret: passphrase ?? (url === null ? "" : new URL(url, window.location.origin).href),
  }));
  const any = rows.some(({ secret }) => secret !== "");
  const column = added.some(({ passphrase }) => passphrase !== null) ? "passphrase" : "link";
  const table = [["name", column], ...rows.map(({ name, secret }) => [name, secret])];
  const expires = added.find(({ expiresAt }) => expiresAt !== null)?.expiresAt;
  return (
    <div className="stack">
      <h2 ref={title} tabIndex={-1}>
        {t("add.doneTitle", { count: added.length })}
      </h2>
      {any && <p>{t(`import.hand.${column}`)}</p>}
      {expires != null && <p className="quiet small">{t("claim.until", { when: when(expires, i18n.language) })}</p>}
      {any && (
        <div className="actions">
          <CopyButton
            text={rows.map(({ name, secret }) => `${name}\t${secret}`).join("\n")}
            label={t("import.copyAll")}
            variant="filled"
          />
          <DownloadButton text={csvText(table)} type="text/csv" name="people.csv" label={t("import.download")} />
        </div>
      )}
      {existing.length > 0 && (
        <p className="quiet break">{t("add.existing", { count: existing.length, names: existing.join(", ") })}</p>
      )}
      <KeptFiles names={keptFiles} />
      {rows.length > 0 && (
        <Paged items={rows}>
          {(shown) => (
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">{t("import.columns.name")}</th>
                  <th scope="col">{t(`import.columns.${column}`)}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ name, secret }) => (
                  <tr key={name}>
                    <td data-label={t("import.columns.name")}>{name}</td>
                    <td data-label={t(`import.columns.${column}`)}>{secret === "" ? "–" : <code>{secret}</code>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Paged>
      )}
      <div className="actions">
        <Button component={Link} to="/admin" variant="default">
          {t("import.back")}
        </Button>
        <Button variant="subtle" onClick={onMore}>
          {t("import.again")}
        </Button>
      </div>
    </div>
  );
}
