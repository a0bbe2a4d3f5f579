import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePeople } from "../api/queries.ts";
import styles from "./home.module.css";

const EVERYBODY = { search: "", state: "all", group: "", sort: "name", offset: 0 } as const;

/** What a new hub's first admin does next; gone as soon as there is a second person. */
export function NextSteps() {
  const { t } = useTranslation();
  const people = usePeople(EVERYBODY, true, 1);
  if (people.data === undefined || people.data.total > 1) return null;
  return (
    <section className={styles.next} aria-labelledby="next-steps">
      <h2 id="next-steps">{t("next.title")}</h2>
      <ol className={styles.steps}>
        <li>
          <h3>{t("next.people")}</h3>
          <p>{t("next.peopleText")}</p>
          <Button component={Link} to="/admin?add=1" variant="light" size="sm">
            {t("next.peopleAction")}
          </Button>
        </li>
        <li>
          <h3>{t("next.images")}</h3>
          <p>{t("next.imagesText")}</p>
          <pre>{"profiles:\n  - name: data-science\n    title: Data science\n    image: quay.io/…"}</pre>
        </li>
        <li>
          <h3>{t("next.limits")}</h3>
          <p>{t("next.limitsText")}</p>
          <pre>{"server:\n  memory: 4G\n  cpus: 2"}</pre>
        </li>
      </ol>
    </section>
  );
}
