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
  readonly onClose: () => void;
}

/** Takes the second factor of somebody who lost the app away. */
export function FactorDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const name = useLast(person)?.name ?? "";
  const reset = useMutation({
    mutationFn: () => api.call(`hublet/people/${urlName(name)}/second-factor`, { method: "DELETE" }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <Confirm
      opened={person !== null}
      onClose={onClose}
      title={t("person.factorTitle", { name })}
      confirm={t("person.factorConfirm")}
      cancel={t("admin.cancel")}
      busy={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate()}
    >
      <p>{t("person.factorText")}</p>
    </Confirm>
  );
}
