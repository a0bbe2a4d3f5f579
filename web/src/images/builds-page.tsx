/** Images that are being built, and those that were. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { BuildView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { urlName } from "../logic/paths.ts";
import { PlusIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago, Lasting } from "../parts/since.tsx";
import { BuildMark } from "./build-mark.tsx";
import { isOver } from "./build-state.ts";
import own from "./images.module.css";
import { NewBuildDialog } from "./new-build-dialog.tsx";
import { useBuilds } from "./use-images.ts";

const BUILD = "hublet image build ./folder --name lab/uspy";
const RELEASE = "hublet image release ./folder --name lab/uspy";

export function BuildsPage() {
  const { t } = useTranslation();
  const builds = useBuilds();
  const [asking, setAsking] = useState(false);
  const { data } = builds;
  return (
    <>
      <div className={styles.top}>
        <p className={styles.lead}>{t("builds.lead")}</p>
        <Button leftSection={<PlusIcon />} onClick={() => setAsking(true)}>
          {t("builds.new")}
        </Button>
      </div>
      {builds.isError && <Problem error={builds.error} onRetry={() => void builds.refetch()} />}
      {builds.isPending && <Loading />}
      {data !== undefined && data.length === 0 && (
        <div className={styles.empty}>
          <h2>{t("builds.none")}</h2>
          <p className="quiet">{t("builds.noneText")}</p>
          <pre>{`# ${t("builds.exampleBuild")}\n${BUILD}\n\n# ${t("builds.exampleRelease")}\n${RELEASE}`}</pre>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <Paged items={data}>
          {(shown) => (
            <ul className={styles.list} aria-label={t("images.builds")}>
              {shown.map((build) => (
                <Row key={build.id} build={build} />
              ))}
            </ul>
          )}
        </Paged>
      )}
      <NewBuildDialog opened={asking} onClose={() => setAsking(false)} />
    </>
  );
}

function Row({ build }: { readonly build: BuildView }) {
  const { id, name, version, state, startedAt, endedAt, by, message } = build;
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <Link to={`/admin/images/builds/${urlName(id)}`} className={`${styles.name} break`}>
          {version === null ? name : `${name} ${version}`}
        </Link>
        <span className="quiet small break">
          <Trans
            i18nKey={build.kind === "release" ? "builds.releasedBy" : "builds.builtBy"}
            values={{ by }}
            components={{ time: <Ago iso={startedAt} /> }}
          />
        </span>
        {(state === "failed" || !isOver(build)) && message !== "" && (
          <span className={`${own.line} quiet small break`}>{message}</span>
        )}
      </div>
      <div className={styles.aside}>
        <BuildMark state={state} />
        <span className="quiet small">
          <Lasting from={startedAt} to={endedAt} />
        </span>
      </div>
    </li>
  );
}
