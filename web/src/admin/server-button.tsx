import { Button } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ServerView } from "../../../src/contract/index.ts";
import { useStart } from "../api/queries.ts";
import { serverPage } from "../logic/paths.ts";
import { isStarting } from "../logic/timeline.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { useProblemWords } from "../parts/use-problem-words.ts";

/** The one thing to do with a server in its state. */
export function ServerButton({ server, onStop }: { readonly server: ServerView; readonly onStop: () => void }) {
  const { t } = useTranslation();
  const start = useStart();
  const announce = useAnnounce();
  const words = useProblemWords(start.error);
  const { user, name, state } = server;
  useEffect(() => {
    if (start.isError) announce(words);
  }, [start.isError, words, announce]);
  if (state === "ready" || state === "stopping") {
    return (
      <Button
        variant="default"
        size="sm"
        disabled={state === "stopping"}
        onClick={onStop}
        aria-label={t("admin.stopOf", { name: user })}
      >
        {t("admin.stop")}
      </Button>
    );
  }
  if (isStarting(state)) {
    return (
      <Button
        component={Link}
        to={serverPage("spawn-pending", user, name)}
        variant="default"
        size="sm"
        aria-label={t("admin.detailsOf", { name: user })}
      >
        {t("admin.details")}
      </Button>
    );
  }
  return (
    <Button
      variant="default"
      size="sm"
      loading={start.isPending}
      onClick={() => start.mutate({ user, name })}
      aria-label={t("admin.startOf", { name: user })}
    >
      {t("admin.start")}
    </Button>
  );
}
