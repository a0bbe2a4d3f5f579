import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useConfiguration } from "../api/admin-queries.ts";
import { useWho } from "../api/queries.ts";
import styles from "./home.module.css";

/** For admins, while the hub refuses the files: in sight, since whoever changed them takes them to be in effect. */
export function RefusedNote() {
  const { t } = useTranslation();
  const { admin } = useWho();
  const { data } = useConfiguration(admin ? "admins" : "nobody");
  const refused = admin && data?.state === "refused";
  return (
    <div role="status">
      {refused && (
        <p className={styles.refused}>
          {t("home.refused", { count: data.problems.length })}{" "}
          <Link to="/admin/configuration">{t("home.refusedLink")}</Link>
        </p>
      )}
    </div>
  );
}
