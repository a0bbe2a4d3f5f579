import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../parts/copy-button.tsx";
import { SecretText } from "../parts/secret-text.tsx";
import { CreateForm } from "./create-form.tsx";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Makes a token and shows it once; a press beside the dialog must not lose it. */
export function CreateDialog({ opened, onClose }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<string | null>(null);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={() => setMade(null)}
      closeOnClickOutside={false}
      closeOnEscape={made === null}
      withCloseButton={made === null}
      closeButtonProps={{ "aria-label": t("app.close") }}
      title={made === null ? t("tokens.create") : t("tokens.madeTitle")}
    >
      {made === null ? (
        <CreateForm onMade={setMade} onCancel={onClose} />
      ) : (
        <div className="stack">
          <p role="status">{t("tokens.madeText")}</p>
          <SecretText label={t("tokens.token")} text={made} />
          <div className="actions actions-end">
            <Button variant="default" onClick={onClose}>
              {t("tokens.done")}
            </Button>
            <CopyButton text={made} label={t("tokens.copyToken")} variant="filled" />
          </div>
        </div>
      )}
    </Modal>
  );
}
