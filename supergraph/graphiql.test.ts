import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLiveShop, type LiveShop } from './test/live-shop.ts';
import { SHOP_SUBGRAPHS } from './test/shop.ts';
import { testSubgraph } from './test/shop-subgraph.ts';
import { startTestGateway, type TestGateway } from './test/test-gateway.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

describe.skipIf(!existsSync(CHROMIUM))('GraphiQL in Chromium', () => {
  let shop: LiveShop;
  let gateway: TestGateway;
  let browser: Browser;

  beforeAll(async () => {
    shop = await startLiveShop();
    gateway = await startTestGateway({
      services: SHOP_SUBGRAPHS.map(testSubgraph),
      env: { REDIS_URL: shop.url },
    });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    await gateway.close();
    await shop.stop();
  });

  it(
    'runs a subscription with the token of its Headers tab and loads nothing from elsewhere',
    { timeout: 60_000 },
    async () => {
      const page = await browser.newPage();
      const elsewhere: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(gateway.url) && !/^(blob|data):/.test(url)) elsewhere.push(url);
      });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      const query = 'subscription { productChanged { cursor product { name rating } } }';
      await page.goto(`${gateway.url}?query=${encodeURIComponent(query)}`, { waitUntil: 'load' });
      await page.locator('.graphiql-query-editor .view-lines').waitFor();
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.locator('.graphiql-editor-tool .monaco-editor:visible').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${await gateway.token()}` }));
      await page.locator('.graphiql-execute-button').click();
      await gateway.subscribed(1);
      await shop.heardBy(1);
      for (const cursor of ['first-update', 'second-update', 'third-update']) {
        await shop.publish({ cursor });
        await page.locator('.result-window').getByText(cursor).waitFor();
      }
      expect(await page.locator('.result-window .view-lines').textContent()).toContain('rating');
      expect(elsewhere).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
      await gateway.subscribed(0);
    },
  );
});
