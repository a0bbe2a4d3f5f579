/** The frame of every page, and which page is shown at which address. */
import { type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Route, Routes } from "react-router";
import { useWho } from "../api/queries.ts";
import { HomePage } from "../home/home-page.tsx";
import { Announcer } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { StartPage } from "../start/start-page.tsx";
import { StartingPage } from "../starting/starting-page.tsx";
import { Header } from "./header.tsx";
import { later } from "./later.ts";
import { Message } from "./message.tsx";
import styles from "./shell.module.css";

const AdminLayout = later(async () => (await import("../admin/admin-layout.tsx")).AdminLayout);
const PeoplePage = later(async () => (await import("../admin/people-page.tsx")).PeoplePage);
const ImportPage = later(async () => (await import("../import/import-page.tsx")).ImportPage);
const GroupsPage = later(async () => (await import("../groups/groups-page.tsx")).GroupsPage);
const GroupPage = later(async () => (await import("../groups/group-page.tsx")).GroupPage);
const RequestsPage = later(async () => (await import("../requests/requests-page.tsx")).RequestsPage);
const LockoutsPage = later(async () => (await import("../lockouts/lockouts-page.tsx")).LockoutsPage);
const ConfigurationPage = later(
  async () => (await import("../configuration/configuration-page.tsx")).ConfigurationPage,
);
const ImagesPage = later(async () => (await import("../images/pages.ts")).ImagesPage);
const EnginePage = later(async () => (await import("../images/pages.ts")).EnginePage);
const RegistryPage = later(async () => (await import("../images/pages.ts")).RegistryPage);
const BuildsPage = later(async () => (await import("../images/pages.ts")).BuildsPage);
const BuildPage = later(async () => (await import("../images/pages.ts")).BuildPage);
const HostPage = later(async () => (await import("../host/host-page.tsx")).HostPage);
const TokensPage = later(async () => (await import("../tokens/tokens-page.tsx")).TokensPage);
const AccountPage = later(async () => (await import("../account/account-page.tsx")).AccountPage);

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
            <Route path="admin" element={<ForAdmins page={<AdminLayout />} />}>
              <Route index element={<PeoplePage />} />
              <Route path="import" element={<ImportPage />} />
              <Route path="groups" element={<GroupsPage />} />
              <Route path="groups/:name" element={<GroupPage />} />
              <Route path="requests" element={<RequestsPage />} />
              <Route path="lockouts" element={<LockoutsPage />} />
              <Route path="configuration" element={<ConfigurationPage />} />
              <Route path="images" element={<ImagesPage />}>
                <Route index element={<EnginePage />} />
                <Route path="registry" element={<RegistryPage />} />
                <Route path="builds" element={<BuildsPage />} />
                <Route path="builds/:id" element={<BuildPage />} />
              </Route>
              <Route path="host" element={<HostPage />} />
              <Route path="*" element={<Message title={t("app.notFoundTitle")} text={t("app.notFoundText")} />} />
            </Route>
            <Route path="*" element={<Message title={t("app.notFoundTitle")} text={t("app.notFoundText")} />} />
          </Routes>
        </Suspense>
      </main>
    </Announcer>
  );
}

function ForAdmins({ page }: { readonly page: ReactNode }) {
  const { t } = useTranslation();
  return useWho().admin ? page : <Message title={t("app.forbiddenTitle")} text={t("app.forbiddenText")} />;
}
