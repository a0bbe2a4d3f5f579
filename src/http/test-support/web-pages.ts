/** Stand-ins for the built web pages. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Pages of the same form as the built ones, so that the tests need no build. */
export function webPages(folder: string): string {
  const root = join(folder, "web");
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(
    join(root, "app.html"),
    "<!doctype html><title>Hub</title><!--hublet-boot--><div id=root></div><noscript><!--hublet-plain--></noscript>",
  );
  writeFileSync(join(root, "logo.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  writeFileSync(join(root, "assets", "main-abcdef12.js"), `// ${"long enough to be compressed ".repeat(40)}`);
  return root;
}
