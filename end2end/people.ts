// People, each with a browser of their own. Whatever goes wrong in it fails the test, whether or not the test looks there.
import { type Browser, type BrowserContext, type Page, test as plain, expect } from "@playwright/test";
import { type Account, type Role, account, instance } from "./instance.ts";

export { expect };

/** Everything that went wrong in a browser. */
export class Watch {
  private readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** From now on this is expected: a refused call, or the browser's word for being offline. */
  allow(...expected: RegExp[]): void {
    this.allowed.push(...expected);
  }

  follow(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.note(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.note(`page: ${error.error().stack ?? error.error().message}`));
    context.on("requestfailed", (request) => {
      const why = request.failure()?.errorText ?? "";
      // A page that is left drops what it was still fetching.
      if (why !== "net::ERR_ABORTED") this.note(`request: ${request.method()} ${request.url()} ${why}`);
    });
    context.on("response", (response) => {
      if (response.status() >= 400) this.note(`answer: ${response.status()} ${response.request().method()} ${response.url()}`);
    });
  }

  problems(): string[] {
    return this.seen.filter((line) => !this.allowed.some((expected) => expected.test(line)));
  }

  private note(line: string): void {
    this.seen.push(line);
  }
}

/** Somebody at a browser. */
export class Person {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly watch: Watch,
    private readonly scripted: boolean,
    /** Where this person reaches the instance. */
    private readonly base: string = instance().base,
  ) {}

  /** Opens a page, and waits until it is alive. */
  async go(path: string, page: Page = this.page): Promise<void> {
    await page.goto(this.base + path);
    await this.alive(page);
  }

  /** Waits until wasm has taken the page over; without script it is alive as it is. */
  async alive(page: Page = this.page): Promise<void> {
    if (this.scripted) await page.locator("html[data-alive]").waitFor({ state: "attached" });
  }

  /** Another tab of the same browser. */
  async tab(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await this.go(path, page);
    return page;
  }

  /** Posts a form as a page of ours would, and answers with the status. */
  async post(path: string, form: Record<string, string>): Promise<number> {
    const response = await this.context.request.post(this.base + path, { form, headers: { origin: this.base }, maxRedirects: 0 });
    return response.status();
  }

  /** What a path holds. */
  async read(path: string): Promise<string> {
    const response = await this.context.request.get(this.base + path);
    expect(response.status(), path).toBe(200);
    return response.text();
  }
}

export interface Browsing {
  scripted: boolean;
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number } | null;
  hasTouch?: boolean;
  deviceScaleFactor?: number;
  /** Where the instance is reached, if not directly. */
  base?: string;
}

/** A browser of its own for nobody in particular. */
export async function open(browser: Browser, browsing: Browsing): Promise<Person> {
  const { scripted, base, ...options } = browsing;
  const context = await browser.newContext({ ...options, javaScriptEnabled: scripted, reducedMotion: "reduce" });
  const watch = new Watch();
  // A browser without script says of each script that it was not run.
  if (!scripted) watch.allow(/\/pkg\/\S+\.js csp$/, /was preloaded using link preload/);
  watch.follow(context);
  return new Person(context, await context.newPage(), watch, scripted, base);
}

/** Signs in as a person does. */
export async function signIn(person: Person, { email, password }: Account): Promise<void> {
  await person.go("/login");
  await person.page.getByLabel("E-mail").fill(email);
  await person.page.getByLabel("Password").fill(password);
  await person.page.getByRole("button", { name: "Sign in" }).click();
  await expect(person.page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await person.alive();
}

interface People {
  /** Nobody in particular, not signed in. */
  visitor: Person;
  admin: Person;
  engineer: Person;
  approver: Person;
  /** Opens one more browser; it is watched as the others are. */
  another: (browsing?: Partial<Browsing>) => Promise<Person>;
}

export const test = plain.extend<People>({
  another: async ({ browser, viewport, hasTouch, deviceScaleFactor, javaScriptEnabled }, use) => {
    const opened: Person[] = [];
    await use(async (browsing = {}) => {
      const person = await open(browser, {
        scripted: javaScriptEnabled ?? true,
        viewport,
        hasTouch: hasTouch ?? false,
        deviceScaleFactor: deviceScaleFactor ?? 1,
        ...browsing,
      });
      opened.push(person);
      return person;
    });
    for (const person of opened) await person.context.close();
    expect(opened.flatMap((person) => person.watch.problems()), "what went wrong in the browsers").toEqual([]);
  },
  visitor: async ({ another }, use) => use(await another()),
  admin: async ({ another }, use) => use(await as("admin", another)),
  engineer: async ({ another }, use) => use(await as("engineer", another)),
  approver: async ({ another }, use) => use(await as("approver", another)),
});

async function as(role: Role, another: People["another"]): Promise<Person> {
  const person = await another();
  await signIn(person, account(role));
  return person;
}
