import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";

/** A group for memberships by hand; what it gives is said in the configuration. */
export function CreateGroupDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const go = useNavigate();
  const refresh = useRefreshPeople();
  const [name, setName] = useState("");
  const wanted = name.trim();
  const create = useMutation({
    mutationFn: () => api.call(`groups/${urlName(wanted)}`, { method: "POST" }),
    onSuccess: async () => {
      await refresh();
      void go(`/admin/groups/${urlName(wanted)}`);
    },
  });
  function close() {
    setName("");
    create.reset();
    onClose();
  }
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("groups.createTitle")}
      confirm={t("groups.createConfirm")}
      cancel={t("app.cancel")}
      busy={create.isPending}
      disabled={wanted === ""}
      error={create.error}
      onConfirm={() => create.mutate()}
    >
      <p>{t("groups.createText")}</p>
      <TextInput
        label={t("groups.name")}
        value={name}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
    </Confirm>
  );
}
