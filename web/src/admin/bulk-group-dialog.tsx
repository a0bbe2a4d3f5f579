import { NativeSelect } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useGroups } from "../api/admin-queries.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { Gives } from "../groups/gives.tsx";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";

interface Props {
  readonly opened: boolean;
  readonly names: readonly string[];
  readonly onClose: () => void;
}

/** Adds those who are picked to a group, by hand; says what the group gives before. */
export function BulkGroupDialog({ opened, names, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const groups = useGroups().data ?? [];
  const [chosen, setChosen] = useState("");
  const group = groups.find(({ name }) => name === chosen) ?? groups[0];
  const add = useMutation({
    mutationFn: (to: string) => api.call(`groups/${urlName(to)}/users`, { method: "POST", body: { users: names } }),
    onSuccess: async (_data, to) => {
      await refresh();
      announce(t("bulk.added", { count: names.length, group: to }));
      onClose();
    },
  });
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={t("bulk.groupTitle", { count: names.length })}
      confirm={t("bulk.groupConfirm")}
      cancel={t("admin.cancel")}
      busy={add.isPending}
      disabled={group === undefined}
      error={add.error}
      onConfirm={() => group !== undefined && add.mutate(group.name)}
    >
      {group === undefined ? (
        <p>{t("groups.noneText")}</p>
      ) : (
        <>
          <NativeSelect
            label={t("bulk.groupLabel")}
            value={group.name}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={groups.map(({ name }) => name)}
          />
          <div>
            <p className="quiet small">{t("groups.gives")}</p>
            <Gives group={group} />
          </div>
        </>
      )}
    </Confirm>
  );
}
