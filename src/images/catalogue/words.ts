/** What is said when a choice cannot be had. */
import { HubError } from "../../kernel/index.ts";

export interface Words {
  notOffered(repository: string): HubError;
  tagNotOffered(repository: string, tag: string, others: readonly string[]): HubError;
  noTag(repository: string, tag: string, others: readonly string[]): HubError;
  silent(ms: number): string;
}

/** Tags that are named of those there are. */
const FEW = 5;

export function wordsFor(registry: string): Words {
  return {
    notOffered: (repository) =>
      new HubError(
        "forbidden",
        `The image “${shown(repository)}” is not offered to you. Choose one of the catalogue, or ask your admin.`,
      ),
    tagNotOffered: (repository, tag, others) =>
      new HubError(
        "forbidden",
        `The version “${shown(tag)}” of ${repository} is not offered to you. ${instead(others)}`,
      ),
    noTag: (repository, tag, others) =>
      new HubError(
        "image-missing",
        `There is no “${shown(tag)}” of ${registry}/${repository}: it may have been removed. ${instead(others)}`,
        { status: 400 },
      ),
    silent: (ms) => `The registry ${registry} has not answered within ${ms / 1000} s. Look again in a moment.`,
  };
}

function instead(tags: readonly string[]): string {
  if (tags.length === 0) return "No version of it is there: choose another image.";
  const more = tags.length > FEW ? `, and ${tags.length - FEW} more` : "";
  return `Choose one of: ${tags.slice(0, FEW).join(", ")}${more}.`;
}

function shown(text: string): string {
  return text.slice(0, 120);
}
