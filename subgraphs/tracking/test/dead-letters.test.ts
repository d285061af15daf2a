import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ALL_STREAMS } from '../ingestion/event-stream.ts';
import { DESTINATION, ORIGIN, day, ofBooking, transportEvent } from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

let tracking: Tracking;
let redis: Redis;
beforeAll(async () => {
  tracking = await startTestTracking();
  redis = new Redis(tracking.platform.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await tracking.close();
});

const booking = () => `B${randomUUID().slice(0, 18)}`;

const LETTERS = /* GraphQL */ `
  query ($first: Int!, $after: String) {
    deadLetters(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          attempts
          error
          message
          messageBase64
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
interface Letter {
  readonly id: string;
  readonly attempts: number;
  readonly error: string;
  readonly message: string;
  readonly messageBase64: string;
}

async function letters(count: number): Promise<Letter[]> {
  return vi.waitFor(
    async () => {
      const data = await tracking.data<{ deadLetters: { edges: { node: Letter }[] } }>(
        'platform-operator',
        LETTERS,
        {
          first: 100,
        },
      );
      expect(data.deadLetters.edges).toHaveLength(count);
      return data.deadLetters.edges.map(({ node }) => node);
    },
    { timeout: 10_000 },
  );
}

async function operate(field: string, id: string): Promise<boolean> {
  const document = `mutation ($id: ID!) { ${field}(id: $id) { done } }`;
  const data = await tracking.data<Record<string, { done: boolean }>>('platform-operator', document, { id });
  return data[field]?.done ?? false;
}

describe('a message that keeps failing', () => {
  test('is set aside with its bytes, its error and its attempts, and the rest flows on', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const garbage = Buffer.from([0x7b, 0xff, 0x00, 0x31]);
    // In every partition, so that events of the shipment come before and after one.
    for (const key of ALL_STREAMS) await redis.xadd(key, '*', 'k', '', 'm', garbage);
    const events = [1, 2, 3].map((number) =>
      transportEvent('ARRI', DESTINATION, { ...ofBooking(reference), eventDateTime: day(number) }),
    );
    await tracking.post('integration', events);
    expect((await tracking.updatesOf(id, 4)).slice(1)).toHaveLength(3);
    const found = await letters(ALL_STREAMS.length);
    for (const letter of found) {
      expect(letter).toMatchObject({ attempts: 5, messageBase64: garbage.toString('base64') });
      expect(letter.error).toContain('JSON');
      expect(await operate('discardDeadLetter', letter.id)).toBe(true);
    }
    expect(await operate('discardDeadLetter', found[0]?.id ?? '')).toBe(false);
    await letters(0);
  });

  test('is applied when it is replayed after what was wrong has been put right', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const other = await tracking.createShipment({ carrierBookingReference: `${reference}+` });
    const { pool } = tracking.database;
    const poison = transportEvent('DEPA', ORIGIN, ofBooking(reference));
    const sound = transportEvent('DEPA', ORIGIN, ofBooking(`${reference}+`));
    // In the same entry of the stream.
    const beside = [1, 2].map((number) =>
      transportEvent('ARRI', DESTINATION, { ...ofBooking(reference), eventDateTime: day(number) }),
    );
    const admin = new pg.Client({ connectionString: tracking.platform.databaseUrl });
    await admin.connect();
    await admin.query(
      `ALTER TABLE tracking.event ADD CONSTRAINT poison CHECK (event_id <> '${poison.eventID ?? ''}')`,
    );
    await tracking.post('integration', [...beside.slice(0, 1), poison, ...beside.slice(1), sound]);
    expect((await tracking.updatesOf(other, 2)).slice(1)).toHaveLength(1);
    expect((await tracking.updatesOf(id, 3)).slice(1)).toHaveLength(2);
    const [letter] = await letters(1);
    expect(letter?.error).toContain('poison');
    expect(JSON.parse(letter?.message ?? '')).toMatchObject({ payload: poison });
    await admin.query('ALTER TABLE tracking.event DROP CONSTRAINT poison');
    await admin.end();
    expect(await operate('replayDeadLetter', letter?.id ?? '')).toBe(true);
    await tracking.updatesOf(id, 4);
    await tracking.settled();
    await letters(0);
    const rows = await pool.query('SELECT 1 FROM event WHERE event_id = $1', [poison.eventID]);
    expect(rows.rowCount).toBe(1);
  });

  test('is for operators of the platform alone', async () => {
    for (const persona of ['integration', 'aurora-admin', 'carrier-hlcu']) {
      for (const document of [
        '{ deadLetter(id: "1-1") { id } }',
        'mutation { replayDeadLetter(id: "1-1") { done } }',
      ]) {
        const { errors } = await tracking.ask(persona, document);
        expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
      }
    }
    const { errors } = await tracking.ask('platform-operator', LETTERS, { first: 10, after: 'x' });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(await tracking.data('platform-operator', '{ deadLetter(id: "x") { id } }')).toEqual({
      deadLetter: null,
    });
  });
});
