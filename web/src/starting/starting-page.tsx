/** A start, step by step, until the person is in; or why it did not work. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import type { ServerView, TimelineView } from "../../../src/contract/index.ts";
import { useTimeline } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { safeNext } from "../logic/paths.ts";
import { foldStart, isStarting } from "../logic/timeline.ts";
import { Bar } from "../parts/bar.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { Lasting } from "../parts/since.tsx";
import styles from "./starting.module.css";
import { StartingActions } from "./starting-actions.tsx";
import { Steps } from "./steps.tsx";

export function StartingPage() {
  const { t } = useTranslation();
  const { boot } = useApp();
  const { user = boot.user.name, server = "" } = useParams();
  const timeline = useTimeline({ user, name: server });
  if (timeline.data !== undefined) return <Starting timeline={timeline.data} />;
  return (
    <div className={styles.page}>
      <PageTitle title={t("starting.title")} />
      {timeline.isError ? <Problem error={timeline.error} onRetry={() => void timeline.refetch()} /> : <Loading />}
    </div>
  );
}

function Starting({ timeline }: { readonly timeline: TimelineView }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const { server } = timeline;
  const view = foldStart(server, timeline.events);
  const title = useTitle(server, view.wasReady);
  const target = safeNext(params.get("next"), window.location.origin) ?? server.url;
  const busy = isStarting(server.state);

  // replace: with this page left in the history, "back" out of the notebook would lead right into it again.
  useEffect(() => {
    if (server.state === "ready") window.location.replace(target);
  }, [server.state, target]);

  return (
    <div className={styles.page}>
      <PageTitle title={title} />
      {busy && (
        <div className={styles.lead}>
          <p>{server.state === "queued" ? t("state.queued") : t("starting.lead")}</p>
          <p>
            <Lasting from={view.began ?? server.since} to={null} />
          </p>
        </div>
      )}
      {server.state === "ready" && <p className="quiet">{t("starting.ready")}</p>}
      {server.state === "stopped" && <p className="quiet">{t("home.kept")}</p>}
      {(busy || server.state === "ready") && <Bar label={t("starting.progress")} fraction={view.progress / 100} />}
      {(busy || server.state === "ready" || (server.state === "failed" && !view.wasReady)) && (
        <Steps view={view} server={server} />
      )}
      <StartingActions server={server} target={target} />
      <p role="status" className="visually-hidden">
        {view.current !== null && busy
          ? t("starting.announce", {
              step: t(`starting.step.${view.current.step}`),
              status: t(`starting.status.${view.current.status}`),
            })
          : title}
      </p>
    </div>
  );
}

function useTitle(server: ServerView, wasReady: boolean): string {
  const { t } = useTranslation();
  const { boot } = useApp();
  switch (server.state) {
    case "ready":
      return t("starting.readyTitle");
    case "stopped":
      return t("starting.stoppedTitle");
    case "stopping":
      return t("starting.stoppingTitle");
    case "failed":
      return wasReady ? t("starting.endedTitle") : t("starting.failedTitle");
    default:
      return server.user === boot.user.name ? t("starting.title") : t("starting.titleOther", { user: server.user });
  }
}
