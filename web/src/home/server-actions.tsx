import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ServerView } from "../../../src/contract/index.ts";
import { useStart, useStop } from "../api/queries.ts";
import { useRestart } from "../api/use-restart.ts";
import type { Choice } from "../logic/choices.ts";
import { RESTART, serverPage } from "../logic/paths.ts";
import { isStarting } from "../logic/timeline.ts";
import { Confirm } from "../parts/confirm.tsx";
import { ArrowIcon } from "../parts/icons.tsx";
import { Problem } from "../parts/problem.tsx";
import { RemoveServer } from "./remove-server.tsx";

interface Props {
  readonly server: ServerView;
  /** Whether there is more than one thing to start. */
  readonly choose: boolean;
  readonly last: Choice | undefined;
  readonly primary: boolean;
  readonly onLog: () => void;
}

/** One primary action by state; the others are quiet. */
export function ServerActions({ server, choose, last, primary, onLog }: Props) {
  const { t } = useTranslation();
  const go = useNavigate();
  const start = useStart();
  const stop = useStop();
  const restart = useRestart();
  const [asking, setAsking] = useState<"stop" | "restart" | "remove" | null>(null);
  const { state, user, name } = server;
  const pending = serverPage("spawn-pending", user, name);
  const asked = start.isPending || start.isSuccess;

  // The timeline is where a start is followed; the answer to the request may take ten seconds longer than its beginning.
  useEffect(() => {
    if (asked && (start.isSuccess || isStarting(state))) void go(pending);
  }, [asked, start.isSuccess, state, pending, go]);

  function onStart() {
    if (choose && last === undefined) void go(serverPage("spawn", user, name));
    else start.mutate({ user, name });
  }

  const variant = primary ? "filled" : "default";
  return (
    <>
      {start.isError && <Problem error={start.error} />}
      <div className="actions">
        {state === "ready" && (
          <Button component="a" href={server.url} size="lg" variant={variant} rightSection={<ArrowIcon />}>
            {t("home.open")}
          </Button>
        )}
        {(state === "stopped" || state === "failed") && (
          <Button size="lg" variant={variant} onClick={onStart} loading={asked}>
            {state === "failed" ? t("home.retry") : t("home.start")}
          </Button>
        )}
        {isStarting(state) && (
          <Button size="lg" variant={variant} onClick={() => go(pending)}>
            {t("home.starting")}
          </Button>
        )}
        {state === "stopping" && (
          <Button size="lg" variant={variant} disabled>
            {t("home.stopping")}
          </Button>
        )}
        {state === "ready" && (
          <Button size="lg" variant="default" onClick={() => setAsking("stop")}>
            {t("home.stop")}
          </Button>
        )}
      </div>
      <More
        server={server}
        choose={choose}
        chosen={last !== undefined}
        onChoose={() => go(serverPage("spawn", user, name), { state: state === "ready" ? RESTART : null })}
        onRestart={() => setAsking("restart")}
        onLog={onLog}
        onRemove={() => setAsking("remove")}
      />
      <RemoveServer server={server} opened={asking === "remove"} onClose={() => setAsking(null)} />
      <Confirm
        opened={asking === "stop"}
        onClose={() => setAsking(null)}
        title={t("home.stopTitle")}
        confirm={t("home.stopConfirm")}
        cancel={t("home.keepRunning")}
        busy={stop.isPending}
        error={stop.error}
        onConfirm={() => stop.mutate({ user, name }, { onSuccess: () => setAsking(null) })}
      >
        <p>{t("home.stopText")}</p>
      </Confirm>
      <Confirm
        opened={asking === "restart"}
        onClose={() => setAsking(null)}
        title={t("home.restartTitle")}
        confirm={t("home.restartConfirm")}
        cancel={t("home.keepRunning")}
        busy={restart.isPending}
        error={restart.error}
        onConfirm={() => restart.mutate({ user, name }, { onSuccess: () => void go(pending) })}
      >
        <p>{t("home.stopText")}</p>
      </Confirm>
    </>
  );
}

interface MoreProps {
  readonly server: ServerView;
  readonly choose: boolean;
  /** “Start” alone would start the last choice again. */
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly onRestart: () => void;
  readonly onLog: () => void;
  readonly onRemove: () => void;
}

/** What is seldom wanted, below and quiet. */
function More({ server, choose, chosen, onChoose, onRestart, onLog, onRemove }: MoreProps) {
  const { t } = useTranslation();
  const running = server.state === "ready";
  const over = server.state === "stopped" || server.state === "failed";
  const others = choose && over && chosen;
  const removable = over && server.name !== "";
  if (!running && !others && !removable) return null;
  return (
    <div className="more">
      {running && (
        <Button variant="subtle" size="sm" onClick={choose ? onChoose : onRestart}>
          {choose ? t("home.restartOthers") : t("home.restart")}
        </Button>
      )}
      {others && (
        <Button variant="subtle" size="sm" onClick={onChoose}>
          {t("home.others")}
        </Button>
      )}
      {running && (
        <Button variant="subtle" size="sm" onClick={onLog}>
          {t("home.log")}
        </Button>
      )}
      {removable && (
        <Button variant="subtle" size="sm" onClick={onRemove}>
          {t("home.remove")}
        </Button>
      )}
    </div>
  );
}
