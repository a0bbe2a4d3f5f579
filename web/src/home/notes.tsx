import { useTranslation } from "react-i18next";
import styles from "./home.module.css";

/** What engine and host cannot enforce; for admins, folded away. */
export function Notes({ notes }: { readonly notes: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <details className={styles.notes}>
      <summary>{t("home.notes", { count: notes.length })}</summary>
      <ul>
        {notes.map((note) => (
          <li key={note} className="break">
            {note}
          </li>
        ))}
      </ul>
      <p className="small">{t("home.notesHint")}</p>
    </details>
  );
}
