import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { useStop } from "../api/queries.ts";
import { Confirm } from "../parts/confirm.tsx";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly server: string;
  readonly onClose: () => void;
}

export function StopDialog({ person, server, onClose }: Props) {
  const { t } = useTranslation();
  const stop = useStop();
  const name = useLast(person)?.name ?? "";
  return (
    <Confirm
      opened={person !== null}
      onClose={onClose}
      title={t("admin.stopTitle", { name })}
      confirm={t("admin.stopConfirm")}
      cancel={t("admin.cancel")}
      busy={stop.isPending}
      error={stop.error}
      onConfirm={() => stop.mutate({ user: name, name: server }, { onSuccess: onClose })}
    >
      <p>{t("admin.stopText")}</p>
    </Confirm>
  );
}
