import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly provider: string;
  readonly onClose: () => void;
}

/** Cuts somebody loose from an account elsewhere. */
export function ForgetDialog({ person, provider, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const name = useLast(person)?.name ?? "";
  const forget = useMutation({
    mutationFn: () => api.call(`hublet/people/${urlName(name)}/identities/${urlName(provider)}`, { method: "DELETE" }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <Confirm
      opened={person !== null}
      onClose={onClose}
      title={t("person.forgetTitle", { name })}
      confirm={t("person.forget")}
      cancel={t("admin.cancel")}
      danger
      busy={forget.isPending}
      error={forget.error}
      onConfirm={() => forget.mutate()}
    >
      <p>{t("person.forgetText", { name })}</p>
    </Confirm>
  );
}
