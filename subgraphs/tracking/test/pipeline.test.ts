import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createLiveLog, LOG_START } from '#platform/live-log.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import { INGESTION_PATH } from '../ingestion/door.ts';
import { contentOfEntry } from '../ingestion/event-message.ts';
import { ALL_STREAMS, GROUP, eventsWaiting } from '../ingestion/event-stream.ts';
import { startTracking } from '../server.ts';
import { startWorker } from '../worker/worker.ts';
import { ORIGIN, ofBooking, transportEvent } from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTestTracking();
});
afterAll(() => tracking.close());

const booking = () => `B${randomUUID().slice(0, 18)}`;

describe('a worker that ends without finishing', () => {
  test('leaves its messages to another, and what it has not told is told', async () => {
    const platform = await startTestPlatform();
    const service = await startTracking(platform);
    const database = platform.openDatabase('ingestion', 'test');
    const direct = new Redis(platform.redisUrl);
    try {
      const token = await platform.token('integration');
      const post = (events: object[]) =>
        service.routes[INGESTION_PATH]?.(
          new Request(`http://tracking.test${INGESTION_PATH}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(events),
          }),
        );
      await Promise.all(ALL_STREAMS.map((key) => direct.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM')));
      const events = Array.from({ length: 40 }, () => transportEvent('DEPA', ORIGIN, ofBooking(booking())));
      expect((await post(events))?.status).toBe(202);
      // Somebody was given all of them, and is no more.
      for (const key of ALL_STREAMS) {
        await direct.xreadgroup('GROUP', GROUP, 'dead', 'COUNT', 100, 'STREAMS', key, '>');
      }
      // Of one entry with several messages, others have failed before.
      const reference = booking();
      expect(
        (await post([1, 2, 3].map(() => transportEvent('DEPA', ORIGIN, ofBooking(reference)))))?.status,
      ).toBe(202);
      for (const key of ALL_STREAMS) {
        const read: unknown = await direct.xreadgroup(
          'GROUP',
          GROUP,
          'dead',
          'COUNT',
          9,
          'STREAMS',
          key,
          '>',
        );
        const [entry] = (read as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? [];
        if (!entry) continue;
        const [id, fields] = entry;
        expect(contentOfEntry(fields).messages).toHaveLength(3);
        await direct.xclaim(key, GROUP, 'dead', 0, id, 'RETRYCOUNT', 2);
      }
      const again = (await (await post(events))?.json()) as { duplicate: number };
      expect(again.duplicate).toBe(40);
      const message = { topic: 'shipment', tenant: 't', match: {}, data: { left: 'behind' } };
      await database.pool.query(
        `INSERT INTO live_outbox (bundles, created_at) VALUES ($1, now() - interval '1 hour')`,
        [[JSON.stringify([message])]],
      );
      const worker = await startWorker(platform);
      await vi.waitFor(
        async () => {
          const { rows } = await database.pool.query('SELECT count(*)::int AS count FROM unmatched_event');
          expect(rows).toEqual([{ count: 43 }]);
          expect((await createLiveLog(direct).after('shipment', 't', LOG_START)).envelopes).toHaveLength(1);
          for (const key of ALL_STREAMS) expect(await direct.xlen(key)).toBe(0);
        },
        { timeout: 10_000 },
      );
      expect((await database.pool.query('SELECT 1 FROM live_outbox')).rowCount).toBe(0);
      await worker.close();
    } finally {
      direct.disconnect();
      await database.close();
      await service.close();
      await platform.close();
    }
  });
});

describe('a repetition', () => {
  test('is known while the event is under way, and for a while when it has been applied', async () => {
    const platform = await startTestPlatform();
    const service = await startTracking(platform);
    const direct = new Redis(platform.redisUrl);
    try {
      const headers = {
        authorization: `Bearer ${await platform.token('integration')}`,
        'content-type': 'application/json',
      };
      const post = async (events: object[]) => {
        const init = { method: 'POST', headers, body: JSON.stringify(events) };
        const request = new Request(`http://tracking.test${INGESTION_PATH}`, init);
        const { results } = (await (await service.routes[INGESTION_PATH]?.(request))?.json()) as {
          results: { outcome: string }[];
        };
        return results.map(({ outcome }) => outcome);
      };
      const ages = async () => {
        const sets = await direct.zrange('ingest:under-way', 0, -1);
        return Promise.all(sets.map(async (set) => direct.pttl(set)));
      };
      const [one, other] = [transportEvent('DEPA', ORIGIN), transportEvent('DEPA', ORIGIN)];
      expect(await post([one, one])).toEqual(['accepted', 'duplicate']);
      expect(await post([other, one])).toEqual(['accepted', 'duplicate']);
      // For as long as it takes.
      expect(await ages()).toEqual([-1]);
      const worker = await startWorker(platform);
      await vi.waitFor(async () => expect((await ages())[0]).toBeGreaterThan(0), { timeout: 10_000 });
      expect(await ages()).toEqual([expect.toSatisfy((age: number) => age <= 10_000)]);
      expect(await post([one])).toEqual(['duplicate']);
      await worker.close();
      // Another set for what comes much later; the first is forgotten when what it holds is through.
      const [first = ''] = await direct.zrange('ingest:under-way', 0, -1);
      await direct.zadd('ingest:under-way', Date.now() - 60_000, first);
      expect(await post([transportEvent('DEPA', ORIGIN)])).toEqual(['accepted']);
      const [, second = ''] = await direct.zrange('ingest:under-way', 0, -1);
      await direct.zadd('ingest:under-way', Date.now() - 30_000, second);
      const successor = await startWorker(platform);
      await vi.waitFor(async () => expect(await ages()).toHaveLength(1), { timeout: 10_000 });
      await successor.close();
    } finally {
      direct.disconnect();
      await service.close();
      await platform.close();
    }
  });
});

describe('when too much is under way', () => {
  test('the door and the mutation take nothing and say when to come again', async () => {
    const platform = await startTestPlatform({ INGEST_BACKLOG: '10' });
    const service = await startTracking(platform);
    const direct = new Redis(platform.redisUrl);
    try {
      const headers = {
        authorization: `Bearer ${await platform.token('integration')}`,
        'content-type': 'application/json',
      };
      const post = (count: number) => {
        const events = Array.from({ length: count }, () => transportEvent('DEPA', ORIGIN));
        return service.routes[INGESTION_PATH]?.(
          new Request(`http://tracking.test${INGESTION_PATH}`, {
            method: 'POST',
            headers,
            body: JSON.stringify(events),
          }),
        );
      };
      expect((await post(8))?.status).toBe(202);
      const full = await post(3);
      expect(full?.status).toBe(429);
      expect(full?.headers.get('retry-after')).toBe('5');
      expect(await eventsWaiting(direct)).toBe(8);
      expect((await post(2))?.status).toBe(202);
      const query = 'mutation ($events: [DcsaEvent!]!) { reportEvents(events: $events) { accepted } }';
      const variables = { events: [transportEvent('DEPA', ORIGIN)] };
      const response = await service.graphql(
        new Request('http://tracking.test/graphql', {
          method: 'POST',
          headers,
          body: JSON.stringify({ query, variables }),
        }),
      );
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      expect(errors[0]?.extensions.code).toBe('RATE_LIMITED');
      expect(await eventsWaiting(direct)).toBe(10);
    } finally {
      direct.disconnect();
      await service.close();
      await platform.close();
    }
  });

  test('memory counts too', async () => {
    const platform = await startTestPlatform({ INGEST_REDIS_MEMORY_MB: '1' });
    const service = await startTracking(platform);
    try {
      await platform.connections.requests.set('ballast', 'x'.repeat(2 * 1024 * 1024));
      const response = await service.routes[INGESTION_PATH]?.(
        new Request(`http://tracking.test${INGESTION_PATH}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${await platform.token('integration')}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify([transportEvent('DEPA', ORIGIN)]),
        }),
      );
      expect(response?.status).toBe(429);
    } finally {
      await service.close();
      await platform.close();
    }
  });
});

describe('the mutation reportEvents', () => {
  test('answers as the door does', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const event = transportEvent('DEPA', ORIGIN, ofBooking(reference));
    const document = /* GraphQL */ `
      mutation ($events: [DcsaEvent!]!) {
        reportEvents(events: $events) {
          accepted
          duplicate
          refused
          results {
            index
            eventID
            outcome
            shipments
            errors {
              field
              value
              reason
            }
          }
        }
      }
    `;
    const events = [event, event, { ...event, eventID: 7 }];
    const { reportEvents } = await tracking.data<{ reportEvents: object }>('integration', document, {
      events,
    });
    expect(reportEvents).toMatchObject({
      accepted: 1,
      duplicate: 1,
      refused: 1,
      results: [
        { index: 0, eventID: event.eventID, outcome: 'ACCEPTED', shipments: [id], errors: [] },
        { index: 1, outcome: 'DUPLICATE', shipments: [id] },
        { index: 2, eventID: null, outcome: 'REFUSED', errors: [{ field: 'eventID', value: '7' }] },
      ],
    });
    await tracking.updatesOf(id, 2);
    const { errors } = await tracking.ask('aurora-operations', document, { events });
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const literal = await tracking.ask(
      'integration',
      'mutation { reportEvents(events: [{ eventType: "SHIPMENT", n: 1 }, 7]) { refused } }',
    );
    expect(literal).toMatchObject({ data: { reportEvents: { refused: 2 } } });
  });
});
