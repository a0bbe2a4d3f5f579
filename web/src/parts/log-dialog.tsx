import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { serverPath } from "../logic/paths.ts";
import type { ServerKey } from "../logic/servers.ts";
import { CopyButton } from "./copy-button.tsx";
import { Loading } from "./loading.tsx";
import styles from "./parts.module.css";
import { Problem } from "./problem.tsx";

interface Props {
  readonly server: ServerKey | null;
  /** Lines kept with a failure: the container may be gone. */
  readonly kept?: string | null;
  readonly onClose: () => void;
}

/** The last lines of a server's output; newest in sight. */
export function LogDialog({ server, kept, onClose }: Props) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const own = server !== null && server.user === boot.user.name;
  const title = own || server === null ? t("log.title") : t("log.titleOf", { name: server.user });
  return (
    <Modal
      opened={server !== null}
      onClose={onClose}
      title={title}
      size={860}
      closeButtonProps={{ "aria-label": t("app.close") }}
    >
      {server !== null && <Lines server={server} kept={kept ?? null} />}
    </Modal>
  );
}

function Lines({ server, kept }: { readonly server: ServerKey; readonly kept: string | null }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const log = useQuery({
    queryKey: keys.log(server.user, server.name),
    staleTime: 0,
    queryFn: ({ signal }) =>
      api.call<{ text: string }>(`hublet/${serverPath(server.user, server.name)}/log?lines=200`, { signal }),
  });
  const fetched = log.data?.text ?? "";
  const text = fetched === "" ? (kept ?? "") : fetched;
  const box = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text, new end
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <div className="stack">
      <p className="quiet small">{t("log.hint")}</p>
      {log.isPending && kept === null && <Loading />}
      {log.isError && kept === null && <Problem error={log.error} onRetry={() => void log.refetch()} />}
      {text !== "" && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section ref={box} className={styles.log} tabIndex={0} aria-label={t("log.label")}>
          <pre>{text}</pre>
        </section>
      )}
      {log.isSuccess && text === "" && <p>{t("log.empty")}</p>}
      <div className="actions actions-end">
        {text !== "" && <CopyButton text={text} label={t("app.copy")} />}
        <Button variant="default" onClick={() => void log.refetch()} loading={log.isFetching}>
          {t("log.refresh")}
        </Button>
      </div>
    </div>
  );
}
