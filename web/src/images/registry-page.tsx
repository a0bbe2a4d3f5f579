/** What lies in the registry that people choose from, and how more gets into it. */
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { CatalogueView, ImagesView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { ApiError } from "../api/client.ts";
import { matching } from "../catalogue/matching.ts";
import { useCatalogue } from "../catalogue/use-catalogue.ts";
import { downloadSize } from "../logic/words.ts";
import { Bar } from "../parts/bar.tsx";
import { SearchIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import own from "./images.module.css";
import { RemoveTagDialog } from "./remove-tag-dialog.tsx";
import { Repository } from "./repository.tsx";
import { useImages } from "./use-images.ts";

/** From so many repositories on, a search is worth its place. */
const MANY = 10;
const SWITCH_ON = "registry: {}";

export function RegistryPage() {
  const { t } = useTranslation();
  const catalogue = useCatalogue("all");
  const registry = useImages().data?.registry ?? null;
  const [removing, setRemoving] = useState<string | null>(null);
  const { data, error } = catalogue;
  if (error instanceof ApiError && error.status === 404) return <SwitchOn />;
  return (
    <>
      <p className={styles.lead}>{t("registry.lead")}</p>
      {catalogue.isError && <Problem error={error} onRetry={() => void catalogue.refetch()} />}
      {catalogue.isPending && <Loading />}
      {registry !== null && <Room registry={registry} />}
      {data !== undefined && (
        <>
          <State view={data} />
          {data.repositories.length === 0 && data.state === "ready" && (
            <div className={styles.empty}>
              <h2>{t("registry.none")}</h2>
              <p className="quiet">{t("registry.noneText")}</p>
            </div>
          )}
          {data.repositories.length > 0 && <Repositories view={data} onRemove={setRemoving} />}
          <HowToPush registry={data.registry} />
        </>
      )}
      <RemoveTagDialog reference={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

function SwitchOn() {
  const { t } = useTranslation();
  return (
    <div className={styles.empty}>
      <h2>{t("registry.off")}</h2>
      <p className="quiet">{t("registry.offText")}</p>
      <pre>{SWITCH_ON}</pre>
      <p className="quiet">{t("registry.offOther")}</p>
      <pre>{"catalogue:\n  registry: registry.lab.example:5000\n  repositories: [lab/*]"}</pre>
    </div>
  );
}

/** How much of what it may take the own registry has taken. */
function Room({ registry }: { readonly registry: NonNullable<ImagesView["registry"]> }) {
  const { t, i18n } = useTranslation();
  const { usedBytes, limitBytes } = registry;
  if (usedBytes === null) return null;
  const used = downloadSize(usedBytes, i18n.language);
  if (limitBytes === null) return <p className="small number">{t("registry.used", { used })}</p>;
  const words = t("registry.usedOf", { used, limit: downloadSize(limitBytes, i18n.language) });
  return (
    <div className={own.disk}>
      <Bar label={t("registry.room")} fraction={limitBytes === 0 ? 1 : usedBytes / limitBytes} valueText={words} />
      <p className="small number">{words}</p>
    </div>
  );
}

function State({ view }: { readonly view: CatalogueView }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="stack">
      {view.state === "loading" && <p className="quiet">{t("catalogue.loading")}</p>}
      {view.state === "unreachable" && (
        <div className={own.unreachable}>
          <p className="break">{view.problem ?? t("catalogue.unreachable")}</p>
          {view.checkedAt !== null && (
            <p className="small">
              <Trans i18nKey="catalogue.knownSince" components={{ time: <Ago iso={view.checkedAt} /> }} />
            </p>
          )}
        </div>
      )}
    </div>
  );
}

interface RepositoriesProps {
  readonly view: CatalogueView;
  readonly onRemove: (reference: string) => void;
}

function Repositories({ view, onRemove }: RepositoriesProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const preferred = new Set(view.repositories.filter((one) => one.preferred).map(({ name }) => name));
  const names = view.repositories.map(({ name }) => name);
  const found = matching(names, search);
  return (
    <>
      {names.length > MANY && (
        <TextInput
          type="text"
          inputMode="search"
          aria-label={t("registry.search")}
          placeholder={t("registry.search")}
          leftSection={<SearchIcon />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <p className={names.length > MANY ? "quiet small" : "visually-hidden"} role="status">
        {t("catalogue.found", { count: found.length })}
      </p>
      {found.length > 0 && (
        <Paged items={found}>
          {(shown) => (
            <ul className={styles.list} aria-label={t("registry.repositories")}>
              {shown.map((name) => (
                <Repository
                  key={name}
                  registry={view.registry}
                  name={name}
                  preferred={preferred.has(name)}
                  onRemove={onRemove}
                />
              ))}
            </ul>
          )}
        </Paged>
      )}
    </>
  );
}

function HowToPush({ registry }: { readonly registry: string }) {
  const { t } = useTranslation();
  const image = `${registry}/lab/notebook:1.0`;
  return (
    <section className={own.teach} aria-labelledby="how-to-push">
      <h2 id="how-to-push">{t("registry.push")}</h2>
      <p className="quiet">{t("registry.pushText")}</p>
      <pre
        className={styles.code}
      >{`# ${t("registry.exampleRelease")}\nhublet image release ./folder --name lab/notebook\n\n# ${t("registry.examplePush")}\nhublet image tag localhost/notebook:latest ${image}\nhublet image push ${image}`}</pre>
    </section>
  );
}
