import { useTranslation } from "react-i18next";
import type { ImportRow } from "../logic/csv.ts";
import styles from "./import.module.css";

/** Rows shown before the import; the rest is counted. */
const SHOWN = 20;

/** How the pasted text was understood. */
export function ImportPreview({ rows }: { readonly rows: readonly ImportRow[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <section className="stack" style={{ gap: "0.5rem" }} aria-labelledby="import-preview">
      <h2 id="import-preview">
        <span role="status">{t("import.preview", { count: rows.length })}</span>
      </h2>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("import.columns.name")}</th>
            <th scope="col">{t("import.columns.admin")}</th>
            <th scope="col">{t("import.columns.groups")}</th>
            <th scope="col">{t("import.columns.password")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map(({ name, admin, groups, password }) => (
            <tr key={name}>
              <td data-label={t("import.columns.name")}>{name}</td>
              <td data-label={t("import.columns.admin")}>{admin ? t("import.yes") : t("import.no")}</td>
              <td data-label={t("import.columns.groups")}>{groups.length === 0 ? "–" : groups.join(", ")}</td>
              <td data-label={t("import.columns.password")}>{password === undefined ? "–" : t("import.given")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p className="quiet small">{t("import.more", { count: rows.length - SHOWN })}</p>}
    </section>
  );
}
