import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../app-context.ts";
import { Problem } from "../parts/problem.tsx";

export function PasswordForm() {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api.call("hublet/account/password", { method: "POST", body: { current, next } }),
    onSuccess: () => {
      setCurrent("");
      setNext("");
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      {/* So that a password manager knows whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={boot.user.name} readOnly hidden />
      <PasswordInput
        label={t("account.current")}
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("account.next")}
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      {change.isError && <Problem error={change.error} />}
      <p role="status">{change.isSuccess ? t("account.changed") : ""}</p>
      <div>
        <Button type="submit" loading={change.isPending}>
          {t("account.submit")}
        </Button>
      </div>
    </form>
  );
}
