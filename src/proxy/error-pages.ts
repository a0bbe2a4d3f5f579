/** What a person reads when the proxy itself answers. */
interface Words {
  readonly title: string;
  readonly text: string;
}

const WORDS: Readonly<Record<number, Words>> = {
  400: { title: "400: Bad Request", text: "Your browser sent a request that this proxy could not understand." },
  404: { title: "404: Not Found", text: "Nothing is served at this address. Check it for typing mistakes." },
  500: { title: "500: Internal Error", text: "This address could not be understood. Go back and try another way." },
  503: {
    title: "503: Proxy Target Missing",
    text: "The server behind this address does not answer. It may be starting or have stopped: wait a moment and reload this page.",
  },
};

/** A plain page for a status that the proxy answers with: no scripts, no outside files, readable by any browser. */
export function errorPage(status: number): string {
  const { title, text } = WORDS[status] ?? { title: `${status}`, text: "The request could not be completed." };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="/hub/home">Go to the hub</a></p>
</main>
</body>
</html>
`;
}
