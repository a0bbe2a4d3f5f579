import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLast } from "../admin/use-last.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { useRemoveImages } from "./use-images.ts";

interface Props {
  /** `registry/repository:tag` */
  readonly reference: string | null;
  readonly onClose: () => void;
}

/** Removes a tag from the registry, and says what becomes of those who use it. */
export function RemoveTagDialog({ reference, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const announce = useAnnounce();
  const remove = useRemoveImages();
  const name = useLast(reference) ?? "";
  const [others, setOthers] = useState(false);
  function close() {
    setOthers(false);
    remove.reset();
    onClose();
  }
  return (
    <Confirm
      opened={reference !== null}
      onClose={close}
      title={t("registry.removeTitle")}
      confirm={t("registry.removeConfirm")}
      cancel={t("images.keep")}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(
          { references: [name], registry: true, others },
          {
            onSuccess: (removed) => {
              const names = new Intl.ListFormat(i18n.language).format(removed);
              announce(t("registry.removed", { count: removed.length, names }), removed.length > 1 ? "long" : "short");
              close();
            },
          },
        )
      }
    >
      <p className="break">
        <strong>{name}</strong>
      </p>
      <p>{t("registry.removeText")}</p>
      <Checkbox
        label={t("registry.removeOthers")}
        checked={others}
        onChange={(event) => setOthers(event.currentTarget.checked)}
      />
    </Confirm>
  );
}
