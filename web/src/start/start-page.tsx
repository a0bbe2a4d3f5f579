/** Choices before a start; starts at once when there is nothing to choose. */
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import type { HomeView, ServerView } from "../../../src/contract/index.ts";
import { useHome, useStart, useTimeline } from "../api/queries.ts";
import { useRestart } from "../api/use-restart.ts";
import { useApp } from "../app-context.ts";
import { choicesOf, lastOf, NOTHING_CHOSEN, optionsOf } from "../logic/choices.ts";
import { RESTART, safeNext, serverPage } from "../logic/paths.ts";
import type { ServerKey } from "../logic/servers.ts";
import { isStarting } from "../logic/timeline.ts";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { ChoiceList } from "./choice-list.tsx";
import styles from "./start.module.css";

export function StartPage() {
  const { boot } = useApp();
  const { user = boot.user.name, server = "" } = useParams();
  const key: ServerKey = { user, name: server };
  const title = useTitle(key);
  const home = useHome();
  const timeline = useTimeline(key);
  const error = home.error ?? timeline.error;
  return (
    <div className={styles.page}>
      <PageTitle title={title} />
      {home.data !== undefined && timeline.data !== undefined ? (
        <Start key={`${user}/${server}`} server={timeline.data.server} home={home.data} />
      ) : error !== null ? (
        <Problem error={error} onRetry={() => void Promise.all([home.refetch(), timeline.refetch()])} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

function Start({ server, home }: { readonly server: ServerView; readonly home: HomeView }) {
  const choices = choicesOf(home);
  const last = lastOf(server, choices);
  const { t } = useTranslation();
  const go = useNavigate();
  const [params] = useSearchParams();
  const location = useLocation();
  const start = useStart();
  const restart = useRestart();
  const begun = useRef(false);
  const [chosen, setChosen] = useState(() => (last ?? choices[0])?.key ?? "");
  const [version, setVersion] = useState(() => (last?.kind === "catalogue" ? last.version : NOTHING_CHOSEN));
  const { user, name, state } = server;
  const key = { user, name };
  const next = safeNext(params.get("next"), window.location.origin);
  const pending = serverPage("spawn-pending", user, name) + (next === null ? "" : `?next=${encodeURIComponent(next)}`);
  const restarting = state === "ready" && location.state === RESTART;
  const nothingToChoose = choices.length <= 1;
  const picked = choices.find((one) => one.key === chosen);
  const options = picked && optionsOf(picked, version);
  const working = start.isPending || start.isSuccess || restart.isPending || restart.isSuccess;

  useEffect(() => {
    if (state === "ready" && !restarting && !restart.isPending) window.location.replace(next ?? server.url);
    else if (isStarting(state) || start.isSuccess || restart.isSuccess) void go(pending, { replace: true });
    else if (nothingToChoose && !begun.current && (state === "stopped" || state === "failed")) {
      begun.current = true;
      start.mutate({ user, name });
    }
  });

  if (nothingToChoose) {
    if (start.isError) return <Problem error={start.error} onRetry={() => start.mutate(key)} />;
    return <p className="quiet">{t("start.busy")}</p>;
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (options === undefined) return;
        if (restarting) restart.mutate({ ...key, options });
        else start.mutate({ ...key, options });
      }}
    >
      {(start.error ?? restart.error) !== null && <Problem error={start.error ?? restart.error} />}
      <ChoiceList
        choices={choices}
        enforced={home.limits}
        chosen={chosen}
        last={last}
        onChoose={setChosen}
        version={version}
        onVersion={setVersion}
      />
      {restarting && <p className="quiet">{t("start.restartNote")}</p>}
      <div className="actions">
        <Button type="submit" size="lg" loading={working} disabled={options === undefined}>
          {restarting ? t("start.restartButton") : t("start.button")}
        </Button>
        <Button variant="subtle" size="lg" onClick={() => go("/home")}>
          {t("app.cancel")}
        </Button>
      </div>
    </form>
  );
}

function useTitle({ user, name }: ServerKey): string {
  const { t } = useTranslation();
  const { boot } = useApp();
  if (user !== boot.user.name) return t("start.titleOther", { user });
  return name === "" ? t("start.title") : t("start.titleNamed", { name });
}
