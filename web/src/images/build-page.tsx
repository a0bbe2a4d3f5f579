/** One build: how far it is, its log as it is written, and what came of it. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { BuildView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Loading } from "../parts/loading.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago, Lasting } from "../parts/since.tsx";
import { BuildLog } from "./build-log.tsx";
import { BuildMark } from "./build-mark.tsx";
import { isOver } from "./build-state.ts";
import own from "./images.module.css";
import { useBuild, useCancelBuild } from "./use-images.ts";

export function BuildPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const cache = useQueryClient();
  const build = useBuild(id);
  const onBuild = useCallback((view: BuildView) => void cache.setQueryData(keys.build(id), view), [cache, id]);
  return (
    <>
      <p>
        <Link to="/admin/images/builds">{t("builds.all")}</Link>
      </p>
      {build.isError && <Problem error={build.error} onRetry={() => void build.refetch()} />}
      {build.isPending && <Loading />}
      {build.data !== undefined && (
        <>
          <Facts build={build.data} />
          <BuildLog key={id} id={id} onBuild={onBuild} />
        </>
      )}
    </>
  );
}

function Facts({ build }: { readonly build: BuildView }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const cancel = useCancelBuild();
  const [asking, setAsking] = useState(false);
  const { id, name, state, message, startedAt, endedAt, by, references, version, digest } = build;
  return (
    <section className="card stack" aria-labelledby="build-name">
      <div className={own.top}>
        <h2 id="build-name" className="break">
          {name}
        </h2>
        <div role="status">
          <BuildMark state={state} />
        </div>
      </div>
      {message !== "" && <p className={state === "failed" ? `${own.message} ${own.failed}` : own.message}>{message}</p>}
      <dl className={own.facts}>
        <dt>{t("builds.begun")}</dt>
        <dd>
          <Trans
            i18nKey={build.kind === "release" ? "builds.releasedBy" : "builds.builtBy"}
            values={{ by }}
            components={{ time: <Ago iso={startedAt} /> }}
          />
        </dd>
        <dt>{t("builds.lasted")}</dt>
        <dd>
          <Lasting from={startedAt} to={endedAt} />
        </dd>
        {version !== null && (
          <>
            <dt>{t("catalogue.version")}</dt>
            <dd>{version}</dd>
          </>
        )}
        {references.length > 0 && (
          <>
            <dt>{t("builds.names")}</dt>
            <dd>
              {references.map((reference) => (
                <div key={reference}>
                  <code>{reference}</code>
                </div>
              ))}
            </dd>
          </>
        )}
        {digest !== null && (
          <>
            <dt>{t("builds.digest")}</dt>
            <dd>
              <code>{digest}</code>
            </dd>
          </>
        )}
      </dl>
      {!isOver(build) && (
        <div className="actions">
          <Button variant="default" onClick={() => setAsking(true)}>
            {t("builds.cancel")}
          </Button>
        </div>
      )}
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("builds.cancelTitle", { name })}
        confirm={t("builds.cancelConfirm")}
        cancel={t("builds.goOn")}
        danger
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() =>
          cancel.mutate(id, {
            onSuccess: () => {
              announce(t("builds.cancelled", { name }));
              setAsking(false);
            },
          })
        }
      >
        <p>{t("builds.cancelText")}</p>
      </Confirm>
    </section>
  );
}
