import { useTranslation } from "react-i18next";
import styles from "./parts.module.css";

/** Shown only when waiting becomes noticeable (see the style sheet). */
export function Loading() {
  const { t } = useTranslation();
  return (
    <p className={styles.loading} role="status">
      {t("app.loading")}
    </p>
  );
}
