import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { usePull } from "./use-images.ts";

/** Fetches an image before anybody needs it. */
export function FetchDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const pull = usePull();
  const [reference, setReference] = useState("");
  const name = reference.trim();
  function close() {
    setReference("");
    pull.reset();
    onClose();
  }
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("images.fetchTitle")}
      confirm={t("images.fetchConfirm")}
      cancel={t("app.cancel")}
      busy={pull.isPending}
      disabled={name === ""}
      error={pull.error}
      onConfirm={() =>
        pull.mutate(name, {
          onSuccess: () => {
            announce(t("images.fetching", { name }));
            close();
          },
        })
      }
    >
      <p>{t("images.fetchText")}</p>
      <TextInput
        label={t("images.name")}
        placeholder="quay.io/jupyter/scipy-notebook:latest"
        value={reference}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setReference(event.currentTarget.value)}
        data-autofocus
      />
    </Confirm>
  );
}
