import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import type { LiveMessage } from './live-events.ts';
import { createLiveLog, LOG_START } from './live-log.ts';
import { bundleOf, bundleTexts, liveText, publishBundles, publishLive } from './live-publish.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

const AGE = 60_000;

function messages(tenant: string, from: number, count: number): LiveMessage[] {
  return Array.from({ length: count }, (_, place) => ({
    topic: 'shipment',
    tenant,
    match: { id: String(from + place) },
    data: {},
  }));
}

async function kept(tenant: string): Promise<number[]> {
  const log = createLiveLog(platform.connections.requests);
  const numbers: number[] = [];
  for (let cursor = LOG_START, more = true; more;) {
    const page = await log.after('shipment', tenant, cursor);
    numbers.push(...page.envelopes.map(({ match }) => Number(match.id)));
    ({ end: cursor, more } = page);
  }
  return numbers;
}

describe('bundles', () => {
  it('hold messages of one topic and tenant in their order, and not too much', () => {
    const [one, two] = [messages('one', 0, 120), messages('two', 0, 3)];
    const long = { ...(two[0] as LiveMessage), data: { text: 'x'.repeat(40_000) } };
    const mixed = [...one.slice(0, 60), ...two, long, long, ...one.slice(60)];
    const bundles = bundleTexts(mixed.map(liveText));
    expect(bundles.map(({ channel, count }) => [channel, count])).toEqual([
      ['live:shipment:one', 50],
      ['live:shipment:one', 50],
      ['live:shipment:two', 3],
      ['live:shipment:two', 1],
      ['live:shipment:two', 1],
      ['live:shipment:one', 20],
    ]);
    const read = bundles.flatMap(({ text }) => JSON.parse(text.toString()) as LiveMessage[]);
    expect(read.filter(({ tenant }) => tenant === 'one')).toEqual(one);
    expect(read.filter(({ tenant }) => tenant === 'two')).toEqual([...two, long, long]);
    expect(bundles.map(({ text }) => bundleOf(text.toString()))).toEqual(bundles);
    expect(['', '[]', JSON.stringify([one[0], two[0]])].map(bundleOf)).toEqual([null, null, null]);
  });

  it('are published once under a name', async () => {
    const tenant = randomUUID();
    const bundles = bundleTexts(messages(tenant, 0, 70).map(liveText));
    expect(await publishBundles(platform.connections.requests, bundles, tenant)).toHaveLength(2);
    expect(await publishBundles(platform.connections.requests, bundles, tenant)).toEqual([]);
    expect(await kept(tenant)).toHaveLength(70);
  });
});

describe('the log', () => {
  it.each([1, 7, 50])('keeps the last messages when %i come at a time, and few more', async (together) => {
    const tenant = randomUUID();
    const length = 100;
    for (let next = 0; next < 600; next += together) {
      await publishLive(platform.connections.requests, messages(tenant, next, together), {
        length,
        age: AGE,
      });
      const numbers = await kept(tenant);
      const all = next + together;
      expect(numbers).toEqual(Array.from(numbers, (_, place) => all - numbers.length + place));
      expect(numbers.length).toBeGreaterThanOrEqual(Math.min(all, length));
      // Two of its ten parts, and the bundle in which the last of these began.
      expect(numbers.length).toBeLessThanOrEqual(length + 20 + together);
    }
    expect(await platform.connections.requests.pttl(`log:live:shipment:${tenant}:cuts`)).toBeGreaterThan(0);
  });

  it('is read from the middle of a bundle on', async () => {
    const tenant = randomUUID();
    const [last = ''] = await publishLive(platform.connections.requests, messages(tenant, 0, 40), {
      length: 100,
      age: AGE,
    });
    const log = createLiveLog(platform.connections.requests);
    const { envelopes } = await log.after('shipment', tenant, LOG_START);
    expect(envelopes.at(-1)?.cursor).toBe(last);
    for (const [place, { cursor }] of envelopes.entries()) {
      const rest = await log.after('shipment', tenant, cursor);
      expect(rest.whole).toBe(true);
      expect(rest.envelopes).toEqual(envelopes.slice(place + 1));
    }
    await publishLive(platform.connections.requests, messages(tenant, 40, 2), { length: 100, age: AGE });
    expect((await log.after('shipment', tenant, last)).envelopes.map(({ match }) => match.id)).toEqual([
      '40',
      '41',
    ]);
    expect((await log.after('shipment', tenant, await log.end('shipment', tenant))).envelopes).toEqual([]);
  });
});
