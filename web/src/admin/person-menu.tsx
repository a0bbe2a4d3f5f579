import { ActionIcon, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PersonView, ServerView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import { DotsIcon } from "../parts/icons.tsx";
import type { Ask } from "./person-dialogs.tsx";

interface Props {
  readonly person: PersonView;
  readonly server: ServerView;
  readonly onAsk: (what: Ask) => void;
}

/** The rest of what an admin can do; nobody can remove or demote themselves and lock everybody out. */
export function PersonMenu({ person, server, onAsk }: Props) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const self = person.name === boot.user.name;
  return (
    <Menu width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" size={36} aria-label={t("admin.actionsOf", { name: person.name })}>
          <DotsIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {server.state === "ready" && (
          <Menu.Item component="a" href={server.url}>
            {t("admin.open")}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => onAsk("log")}>{t("admin.log")}</Menu.Item>
        <Menu.Item onClick={() => onAsk("claim")}>
          {person.claimed ? t("admin.resetLink") : t("admin.newLink")}
        </Menu.Item>
        {!self && (
          <>
            <Menu.Item onClick={() => onAsk("admin")}>
              {person.admin ? t("admin.removeAdmin") : t("admin.makeAdmin")}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item color="red" onClick={() => onAsk("remove")}>
              {t("admin.remove")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
