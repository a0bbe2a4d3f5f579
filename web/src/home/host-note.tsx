import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useHost } from "../api/admin-queries.ts";
import { useWho } from "../api/queries.ts";
import styles from "./home.module.css";

/** For admins, while the host has faults: people meet them as servers that do not start. */
export function HostNote() {
  const { t } = useTranslation();
  const { admin } = useWho();
  const { data } = useHost(admin ? "admins" : "nobody");
  const errors = admin ? (data?.errors ?? 0) : 0;
  return (
    <div role="status">
      {errors > 0 && (
        <p className={styles.refused}>
          {t("home.hostFaults", { count: errors })} <Link to="/admin/host">{t("home.hostLink")}</Link>
        </p>
      )}
    </div>
  );
}
