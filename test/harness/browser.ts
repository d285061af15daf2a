import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';

/** A page in a real browser that can reach nothing but this machine. */
export interface OpenBrowser {
  readonly page: Page;
  /** What has gone wrong: errors on the console and in scripts, failed requests, requests to anywhere else. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

const CHROMIUM = '/usr/bin/chromium';
const THIS_MACHINE = '127.0.0.1';
const FLAGS = [
  // Containers run tests as root, where Chromium's sandbox does not work.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${THIS_MACHINE}`,
];

/** How long a step may take, in milliseconds; less than a test may. */
const PATIENCE = 10_000;

/**
 * Starts Debian's Chromium, headless, with a new profile.
 * @throws when it isn't installed, saying how to install it
 */
export async function openBrowser(): Promise<OpenBrowser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`${CHROMIUM} is missing: install it with "apt-get install chromium"`);
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 1.5,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page.setDefaultTimeout(PATIENCE);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => void problems.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    // What the page has made itself.
    if (protocol === 'blob:' || protocol === 'data:') return;
    if (hostname !== THIS_MACHINE) problems.push(`request to another machine: ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    problems.push(`failed request: ${request.method()} ${request.url()} (${request.failure()?.errorText})`);
  });
  return { page, problems, close: () => browser.close() };
}
