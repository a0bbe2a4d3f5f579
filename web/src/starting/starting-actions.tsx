import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { ServerView } from "../../../src/contract/index.ts";
import { useHome, useStart, useStop } from "../api/queries.ts";
import { serverPage } from "../logic/paths.ts";
import { isStarting } from "../logic/timeline.ts";
import { FailureBox } from "../parts/failure-box.tsx";
import { LogDialog } from "../parts/log-dialog.tsx";
import { Problem } from "../parts/problem.tsx";

/** What can be done about a start: cancel it, look at its log, try it again. */
export function StartingActions({ server, target }: { readonly server: ServerView; readonly target: string }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const home = useHome();
  const start = useStart();
  const stop = useStop();
  const [log, setLog] = useState(false);
  const { user, name, state } = server;
  const over = state === "stopped" || state === "failed";
  const choose = (home.data?.profiles.length ?? 0) > 1;
  return (
    <>
      {state === "failed" && server.failure !== null && (
        <FailureBox failure={server.failure} onLog={() => setLog(true)} />
      )}
      {start.isError && over && <Problem error={start.error} />}
      {stop.isError && !over && <Problem error={stop.error} />}
      <div className="actions">
        {state === "ready" && (
          <Button component="a" href={target} size="lg">
            {t("starting.open")}
          </Button>
        )}
        {over && (
          <Button size="lg" loading={start.isPending} onClick={() => start.mutate({ user, name })}>
            {state === "failed" ? t("app.tryAgain") : t("starting.start")}
          </Button>
        )}
        {isStarting(state) && (
          <>
            <Button size="lg" variant="default" loading={stop.isPending} onClick={() => stop.mutate({ user, name })}>
              {t("starting.cancel")}
            </Button>
            <Button size="lg" variant="subtle" onClick={() => setLog(true)}>
              {t("home.log")}
            </Button>
          </>
        )}
      </div>
      {over && (
        <div className="more">
          {choose && (
            <Button variant="subtle" size="sm" onClick={() => go(serverPage("spawn", user, name))}>
              {t("home.others")}
            </Button>
          )}
          <Button component={Link} to="/home" variant="subtle" size="sm">
            {t("app.toHome")}
          </Button>
        </div>
      )}
      <LogDialog server={log ? server : null} kept={server.failure?.log ?? null} onClose={() => setLog(false)} />
    </>
  );
}
