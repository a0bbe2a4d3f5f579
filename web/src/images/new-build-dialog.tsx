import { Checkbox, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";
import { EMPTY_FORM, hasPackages, LISTS, specOf } from "./build-form.ts";
import own from "./images.module.css";
import { useStartBuild } from "./use-images.ts";

/** A build from lists of packages; those from a folder begin where the folder is. */
export function NewBuildDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const start = useStartBuild();
  const [form, setForm] = useState(EMPTY_FORM);
  const set = (change: Partial<typeof form>): void => setForm((now) => ({ ...now, ...change }));
  function close() {
    start.reset();
    onClose();
  }
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("builds.newTitle")}
      confirm={form.release ? t("builds.release") : t("builds.build")}
      cancel={t("app.cancel")}
      busy={start.isPending}
      disabled={form.name.trim() === "" || !hasPackages(form)}
      error={start.error}
      onConfirm={() =>
        start.mutate(specOf(form), {
          onSuccess: ({ id }) => {
            setForm(EMPTY_FORM);
            close();
            void go(`/admin/images/builds/${urlName(id)}`);
          },
        })
      }
    >
      <TextInput
        label={t("builds.name")}
        description={t("builds.nameHint")}
        placeholder="lab/notebook"
        value={form.name}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => set({ name: event.currentTarget.value })}
        data-autofocus
      />
      <TextInput
        label={t("builds.base")}
        description={t("builds.baseHint")}
        value={form.base}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => set({ base: event.currentTarget.value })}
      />
      <div className={own.lists}>
        {LISTS.map((list) => (
          <Textarea
            key={list}
            label={t(`builds.lists.${list}`)}
            rows={3}
            spellCheck={false}
            autoCapitalize="none"
            value={form[list]}
            onChange={(event) => set({ [list]: event.currentTarget.value })}
          />
        ))}
      </div>
      <p className="quiet small">{t("builds.listsHint")}</p>
      <TextInput
        label={t("builds.tags")}
        description={t("builds.tagsHint")}
        value={form.tags}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => set({ tags: event.currentTarget.value })}
      />
      <Checkbox
        label={t("builds.releaseLabel")}
        description={t("builds.releaseHint")}
        checked={form.release}
        onChange={(event) => set({ release: event.currentTarget.checked })}
      />
    </Confirm>
  );
}
