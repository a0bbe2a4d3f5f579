/** Images on this host: what is there, who uses it, and what it takes of the disk. */
import { Button, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EngineImageView, ImageStatus } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useHome } from "../api/queries.ts";
import { SearchIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { CleanUpDialog } from "./clean-up-dialog.tsx";
import { DiskBar } from "./disk-bar.tsx";
import { FetchDialog } from "./fetch-dialog.tsx";
import { ImageRow } from "./image-row.tsx";
import own from "./images.module.css";
import { PullRow } from "./pull-row.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { useImages } from "./use-images.ts";

/** From so many images on, a search is worth its place. */
const MANY = 12;

export function EnginePage() {
  const { t } = useTranslation();
  const images = useImages();
  const onTheWay = useOnTheWay(images.refetch);
  const [dialog, setDialog] = useState<"fetch" | "clean" | null>(null);
  const [removing, setRemoving] = useState<EngineImageView | null>(null);
  const { data } = images;
  return (
    <>
      <div className={styles.top}>
        <p className={styles.lead}>{t("images.hereLead")}</p>
        <div className="actions">
          <Button variant="default" onClick={() => setDialog("clean")}>
            {t("images.cleanUp")}
          </Button>
          <Button onClick={() => setDialog("fetch")}>{t("images.fetch")}</Button>
        </div>
      </div>
      {images.isError && <Problem error={images.error} onRetry={() => void images.refetch()} />}
      {images.isPending && <Loading />}
      {data?.disk != null && <DiskBar disk={data.disk} images={data.items} />}
      {onTheWay.length > 0 && (
        <ul className={styles.list} aria-label={t("images.onTheWay")}>
          {onTheWay.map((status) => (
            <PullRow key={status.reference} status={status} />
          ))}
        </ul>
      )}
      {data !== undefined && <Found images={data.items} onRemove={setRemoving} />}
      <FetchDialog opened={dialog === "fetch"} onClose={() => setDialog(null)} />
      <CleanUpDialog opened={dialog === "clean"} onClose={() => setDialog(null)} />
      <RemoveDialog image={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

/** What is being fetched or failed to; when something has come, the list is asked for again. */
function useOnTheWay(refetch: () => unknown): readonly ImageStatus[] {
  const statuses = useHome().data?.images ?? [];
  const ready = statuses.filter(({ state }) => state === "ready").length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another number of ready images is the reason
  useEffect(() => void refetch(), [ready]);
  return statuses.filter(({ state }) => state !== "ready");
}

interface FoundProps {
  readonly images: readonly EngineImageView[];
  readonly onRemove: (image: EngineImageView) => void;
}

function Found({ images, onRemove }: FoundProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = images
    .filter(({ references }) => wanted === "" || references.some((name) => name.toLowerCase().includes(wanted)))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const [ours, others] = [found.filter((image) => image.ours), found.filter((image) => !image.ours)];
  if (images.length === 0) {
    return (
      <div className={styles.empty}>
        <h2>{t("images.none")}</h2>
        <p className="quiet">{t("images.noneText")}</p>
      </div>
    );
  }
  return (
    <>
      {images.length > MANY && (
        <TextInput
          type="text"
          inputMode="search"
          aria-label={t("images.search")}
          placeholder={t("images.search")}
          leftSection={<SearchIcon />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {others.length > 0 && (
        <Paged items={others}>
          {(shown) => (
            <ul className={styles.list} aria-label={t("images.title")}>
              {shown.map((image) => (
                <ImageRow key={image.id} image={image} onRemove={() => onRemove(image)} />
              ))}
            </ul>
          )}
        </Paged>
      )}
      {found.length === 0 && <p className={styles.empty}>{t("images.noMatch")}</p>}
      {ours.length > 0 && (
        <details className={own.ours}>
          <summary>{t("images.ours", { count: ours.length })}</summary>
          <ul className={styles.list}>
            {ours.map((image) => (
              <ImageRow key={image.id} image={image} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
