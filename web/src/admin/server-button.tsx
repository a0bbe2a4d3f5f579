import { Button } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ServerView } from "../../../src/contract/index.ts";
import { useStart } from "../api/queries.ts";
import { serverPage } from "../logic/paths.ts";
import { isStarting } from "../logic/timeline.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { useProblemWords } from "../parts/use-problem-words.ts";

/**
 * The one thing to do with a server in its state. Always the same element, never disabled: whoever pressed it with the
 * keyboard keeps the focus while start turns into details and then into stop.
 */
export function ServerButton({ server, onStop }: { readonly server: ServerView; readonly onStop: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const start = useStart();
  const announce = useAnnounce();
  const words = useProblemWords(start.error);
  const { user, name, state } = server;
  const stopping = state === "stopping";
  const action = state === "ready" || stopping ? "stop" : isStarting(state) ? "details" : "start";
  const idle = stopping || (action === "start" && start.isPending);
  useEffect(() => {
    if (start.isError) announce(words);
  }, [start.isError, words, announce]);

  function onClick() {
    if (idle) return;
    if (action === "stop") onStop();
    else if (action === "details") void go(serverPage("spawn-pending", user, name));
    else start.mutate({ user, name });
  }
  return (
    <Button
      variant="default"
      size="sm"
      onClick={onClick}
      aria-disabled={idle || undefined}
      data-disabled={idle}
      aria-label={t(`admin.${action}Of`, { name: user })}
    >
      {t(`admin.${action}`)}
    </Button>
  );
}
