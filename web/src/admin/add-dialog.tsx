import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClaimLink } from "../../../src/contract/index.ts";
import { AddForm } from "./add-form.tsx";
import { AddedLinks } from "./added-links.tsx";

/** What the hub answers to adding people. */
export interface Added {
  readonly links: readonly ClaimLink[];
  readonly existing: readonly string[];
  /** An earlier person's files lie under these names. */
  readonly keptFiles: readonly string[];
}

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Adds one or many people; their links are shown once, so nothing but "Done" closes them. */
export function AddDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<Added | null>(null);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={() => setAdded(null)}
      closeOnClickOutside={false}
      closeOnEscape={added === null}
      withCloseButton={added === null}
      closeButtonProps={{ "aria-label": t("app.close") }}
      size={640}
      title={added === null ? t("add.title") : t("add.doneTitle", { count: added.links.length })}
    >
      {added === null ? (
        <AddForm onAdded={setAdded} onCancel={onClose} />
      ) : (
        <AddedLinks added={added} onDone={onClose} />
      )}
    </Modal>
  );
}
