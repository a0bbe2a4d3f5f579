import { useEffect, useState } from "react";
import type { BuildView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { isOver } from "./build-state.ts";

/** More lines than this are let go from the beginning: browsers draw long texts slowly. */
const LINES = 10_000;
/** Lines come by the hundred; the page is drawn anew at most so often, ms. */
const DRAW = 120;

/** Follows the log of a build from its first line on, until the build is over. */
export function useBuildLog(
  id: string,
  onBuild: (build: BuildView) => void,
): { readonly text: string; readonly connected: boolean } {
  const { api } = useApp();
  const [text, setText] = useState("");
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    let lines: string[] = [];
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(api.streamUrl(`hublet/builds/${urlName(id)}/log`));
    const draw = (): void => {
      timer = undefined;
      setText(lines.join("\n"));
    };
    // A new connection begins with the first line again.
    source.addEventListener("open", () => {
      lines = [];
      setConnected(true);
    });
    source.addEventListener("line", ({ data }) => {
      lines.push((JSON.parse(data) as { text: string }).text);
      if (lines.length > LINES) lines = lines.slice(-LINES);
      timer ??= setTimeout(draw, DRAW);
    });
    source.addEventListener("build", ({ data }) => {
      const build = JSON.parse(data) as BuildView;
      over = isOver(build);
      onBuild(build);
    });
    source.addEventListener("error", () => {
      // The hub ends the stream with the build; a browser would ask for it all again.
      if (over) source.close();
      else setConnected(false);
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [api, id, onBuild]);
  return { text, connected };
}
