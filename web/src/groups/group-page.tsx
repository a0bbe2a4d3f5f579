/** One group: what it gives and where that is written, who is in it and why. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { GroupView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useGroups } from "../api/admin-queries.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { Place } from "../policy/policy-list.tsx";
import { Gives } from "./gives.tsx";
import { GroupMembers } from "./group-members.tsx";

export function GroupPage() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const groups = useGroups();
  const group = groups.data?.find((one) => one.name === name);
  return (
    <div className={styles.page}>
      <p>
        <Link to="/admin/groups">{t("groups.all")}</Link>
      </p>
      <PageTitle title={name} />
      {groups.isError && <Problem error={groups.error} onRetry={() => void groups.refetch()} />}
      {groups.isPending && <Loading />}
      {groups.data !== undefined && group === undefined && <p>{t("groups.gone")}</p>}
      {group !== undefined && (
        <>
          <About group={group} />
          <GroupMembers key={name} group={group} />
          {!group.configured && <Remove group={group} />}
        </>
      )}
    </div>
  );
}

function About({ group }: { readonly group: GroupView }) {
  const { t } = useTranslation();
  return (
    <section className="card stack" aria-labelledby="group-gives">
      {group.description !== "" && <p className="break">{group.description}</p>}
      <div>
        <h2 id="group-gives">{t("groups.gives")}</h2>
        <Gives group={group} />
      </div>
      <p className="quiet small">
        {group.place === null ? (
          t("groups.byHandHint")
        ) : (
          <>
            {t("groups.definedAt")}
            <Place place={group.place} />
          </>
        )}
      </p>
    </section>
  );
}

function Remove({ group }: { readonly group: GroupView }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const go = useNavigate();
  const cache = useQueryClient();
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  const { name } = group;
  const remove = useMutation({
    mutationFn: () => api.call(`groups/${urlName(name)}`, { method: "DELETE" }),
    onSuccess: () => {
      announce(t("groups.removed", { name }));
      void go("/admin/groups");
      // Not what this page shows: its members are gone with the group.
      void cache.invalidateQueries({ queryKey: keys.groups });
    },
  });
  return (
    <div>
      <Button variant="light" color="red" size="sm" onClick={() => setAsking(true)}>
        {t("groups.remove")}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("groups.removeTitle", { name })}
        confirm={t("groups.remove")}
        cancel={t("app.cancel")}
        danger
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        <p>{t("groups.removeText")}</p>
      </Confirm>
    </div>
  );
}
