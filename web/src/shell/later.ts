import { type ComponentType, lazy } from "react";
import { getI18n } from "react-i18next";
import { MORE } from "../i18n.ts";

/** A page, or a part of one, that few open: fetched with its texts when it is asked for. */
export function later<P>(load: () => Promise<ComponentType<P>>) {
  return lazy(async () => {
    const [part] = await Promise.all([load(), getI18n().loadNamespaces(MORE)]);
    return { default: part };
  });
}
