import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ServerView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import { serverPath } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";

interface Props {
  readonly server: ServerView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Takes a named server off the list; the default one stays. */
export function RemoveServer({ server, opened, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const cache = useQueryClient();
  const { user, name } = server;
  const remove = useMutation({
    mutationFn: () => api.call(serverPath(user, name), { method: "DELETE", body: { remove: true } }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      onClose();
    },
  });
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={t("home.removeTitle", { name })}
      confirm={t("home.remove")}
      cancel={t("app.cancel")}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <p>{t("home.removeText")}</p>
    </Confirm>
  );
}
