import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type OpenBrowser } from '../harness/browser.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from '../harness/system.ts';

const SCREENSHOT = 'docs/images/graphiql.png';
const QUERY_EDITOR = '.graphiql-query-editor';
const HEADERS_EDITOR = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';
const SCREEN = { width: 1_280, height: 720 };
/** Shows a whole answer: the editor renders only the lines that can be seen, and breaks long ones. */
const TALL_SCREEN = { width: 1_600, height: 4_500 };

let services: TestServices;
let system: TestProcess;
let browser: OpenBrowser;

const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  closing.unshift(() => browser.close());
  services = await startTestServices();
  closing.unshift(() => services.close());
  system = await startTestProcess({ ...services.env, DEMO_DATA: 'on', DEMO_FEED: 'on' });
  closing.unshift(() => system.stop());
}, 60_000);
afterAll(async () => {
  for (const close of closing) await close();
});

/** The operation of a kind that the README offers for pasting. */
async function fromReadme(kind: 'query' | 'subscription'): Promise<string> {
  const readme = await readFile('README.md', 'utf8');
  const operation = new RegExp(`^\`\`\`graphql\\n(${kind} [^]*?)^\`\`\`$`, 'm').exec(readme)?.[1];
  if (operation === undefined) throw new Error(`README.md shows no ${kind}`);
  return operation.trimEnd();
}

/** Replaces what is in an editor, by the clipboard. */
async function paste(editor: string, text: string): Promise<void> {
  const { page } = browser;
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.locator(`${editor} .view-lines`).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+V');
}

/** Runs an operation exactly as it is pasted. */
async function run(operation: string): Promise<void> {
  const { page } = browser;
  const name = /^\w+ (\w+)/.exec(operation)?.[1] ?? '';
  // It takes GraphiQL a moment to notice which operations its editor holds.
  const noticed = (title: string): Promise<void> =>
    page.locator('.graphiql-tab-active', { hasText: title }).waitFor();
  await paste(QUERY_EDITOR, '#');
  await noticed('<untitled>');
  await paste(QUERY_EDITOR, operation);
  await noticed(name);
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: unknown;
}

interface Update {
  readonly cursor: string;
  readonly event: { readonly eventClassifierCode: string } | null;
  readonly shipment: { readonly eta: object | null };
}

/** What the result pane shows, as the JSON that it is; undefined while it is none. */
async function shown(): Promise<Answer | undefined> {
  const text = await browser.page.evaluate<string>(
    `[...document.querySelectorAll('.result-window .view-line')]
      .sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top))
      .map((line) => line.textContent)
      .join('')`,
  );
  try {
    return JSON.parse(text.replaceAll('\u00a0', ' ')) as Answer;
  } catch {
    return undefined;
  }
}

const text = expect.stringMatching(/\w/) as string;
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;

describe('GraphiQL, with nothing but this machine to reach', () => {
  it('opens, and takes a token into its Headers tab', async () => {
    const { page } = browser;
    await page.goto(system.graphqlUrl);
    const token = await services.token('aurora-operations');
    await page.getByRole('button', { name: 'Headers' }).click();
    await paste(HEADERS_EDITOR, JSON.stringify({ Authorization: `Bearer ${token}` }));
    expect(browser.problems).toEqual([]);
  });

  it("shows the answer of four subgraphs to the README's query", async () => {
    await browser.page.setViewportSize(TALL_SCREEN);
    await run(await fromReadme('query'));
    await expect.poll(shown, { timeout: 10_000, message: 'the answer' }).toBeDefined();
    const answer = await shown();
    expect(answer).not.toHaveProperty('errors');
    const { edges } = answer?.data?.shipments as { edges: { node: object }[] };
    expect(edges).toHaveLength(5);
    for (const { node } of edges) {
      expect(node).toMatchObject({
        reference: text,
        status: text,
        carrier: { name: text },
        destination: { name: text },
      });
    }
    // Not every shipment has a booking and an arrival to predict.
    expect(edges.map(({ node }) => node)).toContainEqual(
      expect.objectContaining({
        eta: expect.objectContaining({ predictedAt: instant }) as object,
        emissions: expect.objectContaining({ kgCo2e: expect.any(Number) as number }) as object,
        booking: expect.objectContaining({ total: { amount: text, currency: text } }) as object,
      }),
    );
    expect(browser.problems).toEqual([]);
  });

  it("shows update after update of the README's subscription", async () => {
    const { page } = browser;
    await page.setViewportSize(SCREEN);
    await page.getByRole('button', { name: 'Hide editor tools' }).click();
    await run(await fromReadme('subscription'));
    await page.getByRole('button', { name: /^Prettify query/ }).click();
    // No button stands out in the picture.
    await page.locator('.result-window').hover();
    await page.evaluate('document.activeElement.blur()');
    const cursors = new Set<string>();
    let update: Update | undefined;
    const watch = async (): Promise<object> => {
      const { data, errors } = (await shown()) ?? {};
      update = data?.shipmentUpdated as Update | undefined;
      if (update) cursors.add(update.cursor);
      // Any would do for the test; the picture is for people.
      const isTelling = update?.shipment.eta && update.event && update.event.eventClassifierCode !== 'PLN';
      return { isMoving: cursors.size >= 3 && Boolean(isTelling), errors };
    };
    await expect.poll(watch, { timeout: 15_000, message: 'updates' }).toEqual({ isMoving: true });
    expect(update).toMatchObject({
      event: { eventTypeCode: text, eventDateTime: instant },
      shipment: {
        reference: text,
        carrier: { name: text },
        destination: { name: text },
        eta: { predictedAt: instant },
      },
    });
    await page.screenshot({ path: SCREENSHOT });
    expect(browser.problems).toEqual([]);
  });
});
