import { Button, Modal, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import type { recoveryCodesSchema, secondFactorBegunSchema } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { Problem } from "../parts/problem.tsx";
import { FactorCode } from "./factor-code.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

type Begun = z.infer<typeof secondFactorBegunSchema>;
type Codes = z.infer<typeof recoveryCodesSchema>;

/** Three steps: the password, the app's first code, the recovery codes, which are shown once. */
export function SetUpFactorDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const cache = useQueryClient();
  const [password, setPassword] = useState("");
  const begin = useMutation({
    mutationFn: () => api.call<Begun>("hublet/account/second-factor", { method: "POST", body: { password } }),
    onSuccess: () => setPassword(""),
  });
  const confirm = useMutation({
    mutationFn: (code: string) => api.call<Codes>("hublet/account/second-factor", { method: "PUT", body: { code } }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: keys.secondFactor }),
  });
  const step = confirm.data !== undefined ? "codes" : begin.data !== undefined ? "scan" : "password";
  function forget() {
    setPassword("");
    begin.reset();
    confirm.reset();
  }
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={forget}
      closeOnClickOutside={step === "password"}
      closeOnEscape={step !== "codes"}
      withCloseButton={step !== "codes"}
      closeButtonProps={{ "aria-label": t("app.close") }}
      title={t(`factor.step.${step}`)}
    >
      {step === "password" && (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (password !== "") begin.mutate();
          }}
        >
          <p>{t("factor.passwordText")}</p>
          <input type="text" name="username" autoComplete="username" value={boot.user.name} readOnly hidden />
          <PasswordInput
            label={t("account.current")}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            data-autofocus
          />
          {begin.isError && <Problem error={begin.error} />}
          <div className="actions actions-end">
            <Button variant="default" onClick={onClose}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={begin.isPending} disabled={password === ""}>
              {t("factor.next")}
            </Button>
          </div>
        </form>
      )}
      {step === "scan" && begin.data !== undefined && (
        <FactorCode
          begun={begin.data}
          busy={confirm.isPending}
          error={confirm.error}
          onCode={(code) => confirm.mutate(code)}
          onCancel={onClose}
        />
      )}
      {confirm.data !== undefined && <RecoveryCodes codes={confirm.data.recoveryCodes} onDone={onClose} />}
    </Modal>
  );
}
