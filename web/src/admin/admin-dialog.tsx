import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { ApiError } from "../api/client.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly onClose: () => void;
}

/** Makes somebody an admin, or takes it away. */
export function AdminDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const shown = useLast(person);
  const name = shown?.name ?? "";
  const remove = shown?.admin === true;
  const change = useMutation({
    mutationFn: async () => {
      const body = { admin: !remove };
      const { admin } = await api.call<{ admin: boolean }>(`users/${urlName(name)}`, { method: "PATCH", body });
      if (admin === remove && remove) throw new ApiError(409, t("admin.stillAdmin", { name }));
    },
    onSuccess: onClose,
    onSettled: refresh,
  });
  return (
    <Confirm
      opened={person !== null}
      onClose={onClose}
      title={remove ? t("admin.unadminTitle", { name }) : t("admin.adminTitle", { name })}
      confirm={remove ? t("admin.unadminConfirm") : t("admin.adminConfirm")}
      cancel={t("admin.cancel")}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate()}
    >
      <p>{remove ? t("admin.unadminText", { name }) : t("admin.adminText")}</p>
    </Confirm>
  );
}
