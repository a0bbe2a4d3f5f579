/** The frame of the pages about images: on this host, in the registry, being built. */
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";
import styles from "../admin/admin.module.css";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import own from "./images.module.css";

export function ImagesPage() {
  const { t } = useTranslation();
  return (
    <div className={styles.page}>
      <PageTitle title={t("images.title")} />
      <nav aria-label={t("images.parts")} className={own.parts}>
        <NavLink to="/admin/images" end>
          {t("images.here")}
        </NavLink>
        <NavLink to="/admin/images/registry">{t("images.registry")}</NavLink>
        <NavLink to="/admin/images/builds">{t("images.builds")}</NavLink>
      </nav>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </div>
  );
}
