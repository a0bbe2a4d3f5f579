import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { PageTitle } from "../parts/page-title.tsx";
import styles from "./shell.module.css";

/** A page that says one thing and leads home. */
export function Message({ title, text }: { readonly title: string; readonly text: string }) {
  const { t } = useTranslation();
  return (
    <div className={`${styles.narrow} stack`}>
      <PageTitle title={title} />
      <p className="quiet">{text}</p>
      <div>
        <Button component={Link} to="/home">
          {t("app.toHome")}
        </Button>
      </div>
    </div>
  );
}
