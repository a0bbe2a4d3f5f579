/** The frame of every page, and which page is shown at which address. */
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Route, Routes } from "react-router";
import { useApp } from "../app-context.ts";
import { HomePage } from "../home/home-page.tsx";
import { Announcer } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { StartPage } from "../start/start-page.tsx";
import { StartingPage } from "../starting/starting-page.tsx";
import { Header } from "./header.tsx";
import { Message } from "./message.tsx";
import styles from "./shell.module.css";

const PeoplePage = lazy(async () => ({ default: (await import("../admin/people-page.tsx")).PeoplePage }));
const TokensPage = lazy(async () => ({ default: (await import("../tokens/tokens-page.tsx")).TokensPage }));
const AccountPage = lazy(async () => ({ default: (await import("../account/account-page.tsx")).AccountPage }));

export function Shell() {
  const { t } = useTranslation();
  return (
    <Announcer>
      <a className={styles.skip} href="#content">
        {t("app.skip")}
      </a>
      <Header />
      <main id="content" tabIndex={-1} className={styles.main}>
        <Suspense fallback={<Loading />}>
          <Routes>
            <Route path="home" element={<HomePage />} />
            <Route path="spawn/:user?/:server?" element={<StartPage />} />
            <Route path="spawn-pending/:user?/:server?" element={<StartingPage />} />
            <Route path="token" element={<TokensPage />} />
            <Route path="account" element={<AccountPage />} />
            <Route path="admin" element={<ForAdmins page={<PeoplePage />} />} />
            <Route path="*" element={<Message title={t("app.notFoundTitle")} text={t("app.notFoundText")} />} />
          </Routes>
        </Suspense>
      </main>
    </Announcer>
  );
}

function ForAdmins({ page }: { readonly page: ReactNode }) {
  const { t } = useTranslation();
  const { boot } = useApp();
  return boot.user.admin ? page : <Message title={t("admin.forbiddenTitle")} text={t("admin.forbiddenText")} />;
}
