import { Menu, UnstyledButton } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, useNavigate } from "react-router";
import { useSession, useWho } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { ChevronIcon, PersonIcon } from "../parts/icons.tsx";
import { Banner } from "./banner.tsx";
import styles from "./shell.module.css";

/** The lab's name on the left, oneself on the right, and whether the page is live. */
export function Header() {
  const { t } = useTranslation();
  const { boot, live } = useApp();
  const who = useWho();
  const hubName = useSession().data?.hub.name ?? boot.hubName;
  const connected = useSyncExternalStore(live.subscribe, live.connected);
  return (
    <header className={styles.header}>
      <Banner />
      <div className={styles.bar}>
        <Link to="/home" className={styles.brand}>
          <img src={`${boot.baseUrl}hub/logo`} alt="" width={30} height={30} />
          <span className={styles.hubName}>{hubName}</span>
        </Link>
        {who.admin && (
          <nav aria-label={t("app.navigation")} className={styles.nav}>
            <NavLink to="/home">{t("app.home")}</NavLink>
            <NavLink to="/admin">{t("app.admin")}</NavLink>
          </nav>
        )}
        <PersonMenu />
      </div>
      <div role="status">{!connected && <p className={styles.offline}>{t("app.offline")}</p>}</div>
    </header>
  );
}

function PersonMenu() {
  const { t } = useTranslation();
  const { boot } = useApp();
  const go = useNavigate();
  const { name } = boot.user;
  return (
    <Menu width={220}>
      <Menu.Target>
        <UnstyledButton className={styles.person} aria-label={t("app.menu", { name })}>
          <PersonIcon />
          <span className={styles.personName}>{name}</span>
          <ChevronIcon />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => go("/account")}>{t("app.account")}</Menu.Item>
        <Menu.Item onClick={() => go("/token")}>{t("app.tokens")}</Menu.Item>
        <Menu.Divider />
        <Menu.Item component="a" href={`${boot.baseUrl}hub/logout`}>
          {t("app.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
