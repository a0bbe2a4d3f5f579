import { useTranslation } from "react-i18next";
import type { EngineImageView } from "../../../src/contract/index.ts";
import { useLast } from "../admin/use-last.ts";
import { downloadSize } from "../logic/words.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import own from "./images.module.css";
import { useRemoveImages } from "./use-images.ts";

/** Removes an image with all its names from this host, and says what follows from that. */
export function RemoveDialog({
  image,
  onClose,
}: {
  readonly image: EngineImageView | null;
  readonly onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const announce = useAnnounce();
  const remove = useRemoveImages();
  const shown = useLast(image);
  const names = shown === null ? [] : shown.references.length === 0 ? [shown.id] : shown.references;
  function close() {
    remove.reset();
    onClose();
  }
  return (
    <Confirm
      opened={image !== null}
      onClose={close}
      title={t("images.removeTitle")}
      confirm={t("images.removeConfirm")}
      cancel={t("images.keep")}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(
          { references: names, registry: false },
          {
            onSuccess: () => {
              announce(t("images.removed", { name: names[0] ?? "" }));
              close();
            },
          },
        )
      }
    >
      <ul className={own.plain}>
        {names.map((name) => (
          <li key={name} className="break">
            <strong>{name}</strong>
          </li>
        ))}
      </ul>
      <p>{t("images.removeText", { size: downloadSize(shown?.sizeBytes ?? 0, i18n.language) })}</p>
      {shown !== null && shown.usedBy.length > 0 && (
        <p>{t("images.removeUsed", { who: shown.usedBy.map(({ user }) => user).join(", ") })}</p>
      )}
      {shown !== null && shown.namedBy.length > 0 && (
        <p>{t("images.removeNamed", { places: shown.namedBy.join(", ") })}</p>
      )}
    </Confirm>
  );
}
