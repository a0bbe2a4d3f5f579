/** The page between sign-in and the notebook: one's servers, and what keeps them waiting. */
import { useTranslation } from "react-i18next";
import { useHome } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { imagesToShow } from "../logic/images.ts";
import { neverStarted } from "../logic/servers.ts";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import styles from "./home.module.css";
import { HostNote } from "./host-note.tsx";
import { ImageProgress } from "./image-progress.tsx";
import { NewServer } from "./new-server.tsx";
import { NextSteps } from "./next-steps.tsx";
import { Notes } from "./notes.tsx";
import { RefusedNote } from "./refused-note.tsx";
import { ServerCard } from "./server-card.tsx";

export function HomePage() {
  const { t } = useTranslation();
  const { boot } = useApp();
  const home = useHome();
  const servers = home.data?.servers ?? [];
  const title = servers.length > 1 ? t("home.titleMany") : t("home.title");
  if (home.data === undefined) {
    return (
      <div className={styles.page}>
        <PageTitle title={title} />
        {home.isError ? <Problem error={home.error} onRetry={() => void home.refetch()} /> : <Loading />}
      </div>
    );
  }
  const own = neverStarted({ user: boot.user.name, name: "" });
  const shown = servers.some(({ name }) => name === "") ? servers : [own, ...servers];
  const sorted = shown.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <div className={styles.page}>
      <PageTitle title={title} />
      {home.isError && <Problem error={home.error} onRetry={() => void home.refetch()} />}
      {sorted.map((server, index) => (
        <ServerCard key={server.name} server={server} home={home.data} primary={index === 0} />
      ))}
      {home.data.maximumServers > 1 && <NewServer servers={sorted} most={home.data.maximumServers} />}
      {imagesToShow(home.data.images, sorted).map((image) => (
        <ImageProgress key={image.reference} image={image} profiles={home.data.profiles} />
      ))}
      {boot.user.admin && <NextSteps />}
      <RefusedNote />
      <HostNote />
      {home.data.notes.length > 0 && <Notes notes={home.data.notes} />}
    </div>
  );
}
