/** A person with a browser's cookies but without the browser: each cookie goes only where its path says, unless told otherwise. */
import assert from "node:assert/strict";
import { request } from "undici";
import WebSocket from "ws";
import type { HomeView, ServerView } from "../../src/contract/index.ts";
import { eventually } from "./hub.ts";
import { Kernel } from "./kernel.ts";

export const PASSWORD = "correct horse battery staple";

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

export interface Sending {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in place of the jar's cookies. */
  readonly cookie?: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

export class Person {
  readonly name: string;
  readonly #origin: string;
  #jar: readonly Cookie[] = [];

  constructor(origin: string, name: string) {
    this.#origin = origin;
    this.name = name;
  }

  /** The Cookie header for a path. */
  cookiesFor(path: string): string {
    return text(this.#jar.filter((cookie) => path.startsWith(cookie.path)));
  }

  /** Every cookie at once: what an attacker sends, who cares for no paths. */
  allCookies(): string {
    return text(this.#jar);
  }

  cookie(name: string, path: string): string | undefined {
    return this.#jar.find((cookie) => cookie.name === name && path.startsWith(cookie.path))?.value;
  }

  /** One request; redirects are not followed. */
  async send(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    sending: Sending = {},
  ): Promise<Answer> {
    const { pathname } = new URL(path, this.#origin);
    const xsrf = this.cookie("_xsrf", pathname);
    const answer = await request(new URL(path, this.#origin), {
      method,
      headers: {
        cookie: sending.cookie ?? this.cookiesFor(pathname),
        "user-agent": "test",
        accept: "text/html",
        ...(xsrf === undefined ? {} : { "x-xsrftoken": xsrf }),
        ...(typeof sending.body === "object" ? { "content-type": "application/json" } : {}),
        ...sending.headers,
      },
      ...(sending.body === undefined
        ? {}
        : { body: typeof sending.body === "string" ? sending.body : JSON.stringify(sending.body) }),
    });
    if (sending.cookie === undefined) for (const line of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(line);
    const location = answer.headers.location;
    return {
      status: answer.statusCode,
      location: typeof location === "string" ? location : undefined,
      text: await answer.body.text(),
    };
  }

  /** Opens a page and follows its redirects, as a browser does. */
  async open(path: string): Promise<Answer> {
    let at = new URL(path, this.#origin);
    for (let hops = 0; hops < 12; hops++) {
      const answer = await this.send("GET", at.pathname + at.search);
      if (answer.location === undefined) return answer;
      at = new URL(answer.location, at);
      assert.equal(at.origin, this.#origin, "redirects stay here");
    }
    throw new Error(`${path} redirects without end`);
  }

  /** Opens a claim link and chooses the password. */
  async claim(link: string): Promise<void> {
    const url = new URL(link, this.#origin);
    await this.send("GET", url.pathname + url.search);
    const form = new URLSearchParams({
      code: url.searchParams.get("code") ?? "",
      password: PASSWORD,
      _xsrf: this.cookie("_xsrf", url.pathname) ?? "",
    });
    const answer = await this.send("POST", "/hub/claim", {
      body: form.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assert.equal(answer.status, 302, answer.text);
    await this.open("/hub/home"); // brings the `_xsrf` cookie of the session
  }

  /** Signs in by the form. @returns the answer to it: 302 when it was right */
  async signIn(password: string = PASSWORD, next = ""): Promise<Answer> {
    const path = `/hub/login${next === "" ? "" : `?next=${encodeURIComponent(next)}`}`;
    await this.send("GET", path);
    const form = new URLSearchParams({
      username: this.name,
      password,
      _xsrf: this.cookie("_xsrf", "/hub/login") ?? "",
    });
    const answer = await this.send("POST", path, {
      body: form.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    if (answer.status === 302) await this.open("/hub/home"); // brings the `_xsrf` cookie of the session
    return answer;
  }

  api(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<Answer> {
    return this.send(method, `/hub/api${path}`, {
      headers: { accept: "application/json" },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** An admin adds a person, who claims the account. */
  async invite(name: string): Promise<Person> {
    const answer = await this.api("POST", "/hublet/people", { names: [name] });
    assert.equal(answer.status, 201, answer.text);
    const { links } = JSON.parse(answer.text) as { links: { url: string }[] };
    const person = new Person(this.#origin, name);
    await person.claim(links[0]?.url ?? "");
    return person;
  }

  async token(): Promise<string> {
    const answer = await this.api("POST", `/users/${this.name}/tokens`, {});
    assert.equal(answer.status, 201, answer.text);
    return (JSON.parse(answer.text) as { token: string }).token;
  }

  /** The path of the API for one of this person's servers; `""` is the default one. */
  serverApi(server: string): string {
    return `/users/${this.name}/${server === "" ? "server" : `servers/${server}`}`;
  }

  /** Undefined while the hub is away. */
  async server(name = ""): Promise<ServerView | undefined> {
    const answer = await this.api("GET", "/hublet/home").catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    return (JSON.parse(answer.text) as HomeView).servers.find((server) => server.name === name);
  }

  async start(server: string, profile?: string): Promise<void> {
    const answer = await this.api("POST", this.serverApi(server), profile === undefined ? {} : { profile });
    if (answer.status !== 201 && answer.status !== 202) {
      const log = await this.api("GET", `/hublet${this.serverApi(server)}/log?lines=20`);
      assert.fail(`${answer.status} ${answer.text}\n${log.text}`);
    }
    const settled = await this.settled(server, 120);
    assert.equal(settled.state, "ready", JSON.stringify(settled.failure));
  }

  async stop(server: string): Promise<void> {
    const answer = await this.api("DELETE", this.serverApi(server));
    assert.ok(answer.status === 204 || answer.status === 202, `${answer.status} ${answer.text}`);
    assert.equal((await this.settled(server, 60)).state, "stopped");
  }

  /** Waits until nothing moves any more, through restarts of the hub. */
  settled(server: string, seconds: number): Promise<ServerView> {
    return eventually(
      `${this.name}/${server} settles`,
      async () => {
        const answer = await this.api("GET", this.serverApi(server)).catch(() => undefined);
        if (answer?.status !== 200) return undefined;
        if ((JSON.parse(answer.text) as { pending: string | null }).pending !== null) return undefined;
        return this.server(server);
      },
      seconds,
    );
  }

  /** Makes a kernel of the server at `prefix` and opens its websocket. */
  async kernel(prefix: string): Promise<Kernel> {
    const answer = await this.send("POST", `${prefix}api/kernels`, { body: { name: "python3" } });
    assert.equal(answer.status, 201, answer.text);
    const { id } = JSON.parse(answer.text) as { id: string };
    const path = `${prefix}api/kernels/${id}/channels`;
    const socket = new WebSocket(this.#origin.replace("http", "ws") + path, {
      headers: { cookie: this.cookiesFor(path), origin: this.#origin },
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new Kernel(id, path, socket);
  }

  /** Knocks at a websocket. @returns 101 when it opened, else the status of the refusal */
  knock(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
    const socket = new WebSocket(this.#origin.replace("http", "ws") + path, { headers, handshakeTimeout: 20_000 });
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        socket.terminate();
        resolve(101);
      });
      socket.once("unexpected-response", (_request, response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.once("error", reject);
    });
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const at = pair.indexOf("=");
    const attribute = (name: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: attribute("path") ?? "/" };
    const others = this.#jar.filter((one) => one.name !== cookie.name || one.path !== cookie.path);
    const expires = Date.parse(attribute("expires") ?? "");
    const gone = attribute("max-age") === "0" || expires < Date.now();
    // Browsers send the longest path first, and servers take the first of a name.
    this.#jar = gone ? others : [...others, cookie].toSorted((a, b) => b.path.length - a.path.length);
  }
}

function text(cookies: readonly Cookie[]): string {
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}
