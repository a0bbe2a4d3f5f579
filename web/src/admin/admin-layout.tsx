/** The frame of the admin's pages: one quiet row of them, with what waits for somebody. */
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useMatch } from "react-router";
import { useConfiguration, useHost, useSignUps } from "../api/admin-queries.ts";
import { Loading } from "../parts/loading.tsx";
import styles from "./layout.module.css";

export function AdminLayout() {
  const { t } = useTranslation();
  const requests = useSignUps().data?.length ?? 0;
  const refused = useConfiguration().data?.state === "refused";
  const faults = useHost().data?.errors ?? 0;
  // The import is reached from there, and has no place of its own in the row.
  const [people, adding] = [useMatch("/admin"), useMatch("/admin/import")];
  const inPeople = people !== null || adding !== null;
  return (
    <>
      <nav aria-label={t("admin.nav")} className={styles.nav}>
        <Link to="/admin" aria-current={inPeople ? "page" : undefined}>
          {t("app.people")}
        </Link>
        <NavLink to="/admin/groups">{t("groups.title")}</NavLink>
        <NavLink to="/admin/images">{t("images.title")}</NavLink>
        <NavLink to="/admin/requests">
          {t("requests.title")}
          {requests > 0 && (
            <span className={styles.count}>
              {requests}
              <span className="visually-hidden"> {t("requests.waiting")}</span>
            </span>
          )}
        </NavLink>
        <NavLink to="/admin/lockouts">{t("lockouts.title")}</NavLink>
        <NavLink to="/admin/configuration">
          {t("configuration.title")}
          {refused && (
            <span className={styles.count} data-tone="bad">
              <span aria-hidden="true">!</span>
              <span className="visually-hidden"> {t("configuration.refusedShort")}</span>
            </span>
          )}
        </NavLink>
        <NavLink to="/admin/host">
          {t("host.title")}
          {faults > 0 && (
            <span className={styles.count} data-tone="bad">
              {faults}
              <span className="visually-hidden"> {t("host.faults", { count: faults })}</span>
            </span>
          )}
        </NavLink>
      </nav>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </>
  );
}
