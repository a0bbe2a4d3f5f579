import { PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";

/** Ends the second factor: password and a code, so that a borrowed browser is not enough. */
export function RemoveFactorDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const cache = useQueryClient();
  const announce = useAnnounce();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useMutation({
    mutationFn: () =>
      api.call("hublet/account/second-factor", { method: "DELETE", body: { password, code: code.trim() } }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.secondFactor });
      announce(t("factor.removed"));
      close();
    },
  });
  function close() {
    setPassword("");
    setCode("");
    remove.reset();
    onClose();
  }
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("factor.removeTitle")}
      confirm={t("factor.removeConfirm")}
      cancel={t("app.cancel")}
      danger
      busy={remove.isPending}
      disabled={password === "" || code.trim() === ""}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <p>{t("factor.removeText")}</p>
      <PasswordInput
        label={t("account.current")}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label={t("factor.codeOrRecovery")}
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </Confirm>
  );
}
