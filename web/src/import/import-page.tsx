/** Many people at once, from a sheet or a CSV file: pasted, looked at, added, and their links or pass phrases handed out. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import styles from "../admin/admin.module.css";
import { PageTitle } from "../parts/page-title.tsx";
import { type Imported, ImportForm } from "./import-form.tsx";
import { ImportResult } from "./import-result.tsx";

export function ImportPage() {
  const { t } = useTranslation();
  const [imported, setImported] = useState<Imported | null>(null);
  return (
    <div className={styles.page}>
      <p>
        <Link to="/admin">{t("import.back")}</Link>
      </p>
      <PageTitle title={t("import.title")} />
      {imported === null ? (
        <ImportForm onImported={setImported} />
      ) : (
        <ImportResult imported={imported} onMore={() => setImported(null)} />
      )}
    </div>
  );
}
