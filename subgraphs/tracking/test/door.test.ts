import { existsSync, readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen } from '#platform/http/server.ts';
import { startTracking } from '../server.ts';
import { INGESTION_PATH } from '../ingestion/door.ts';
import { ORIGIN, equipmentEvent, ofBooking, shipmentEvent, transportEvent } from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

let tracking: Tracking;
let authorization: string;
beforeAll(async () => {
  tracking = await startTestTracking();
  authorization = `Bearer ${await tracking.platform.token('integration')}`;
});
afterAll(() => tracking.close());

async function send(body: BodyInit | null, headers: Record<string, string> = {}, method = 'POST') {
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    ...(body === null ? {} : { body, duplex: 'half' }),
  };
  const response = await tracking.knock(init);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { error: string },
  };
}

describe('a request as a whole', () => {
  test('needs a token with the scope for it', async () => {
    expect(await send('[]', { authorization: '' })).toMatchObject({ status: 401 });
    const wrong = await send('[]', { authorization: 'Bearer a.b.c' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'A valid bearer token is required.' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    const unscoped = `Bearer ${await tracking.platform.token('aurora-admin')}`;
    expect(await send('[]', { authorization: unscoped })).toMatchObject({
      status: 403,
      body: { error: 'the token may not post events; not: the scope events:write, and no auditor' },
    });
    const auditor = await tracking.platform.token('auditor', { scope: 'graph:read events:write' });
    expect(await send('[]', { authorization: `Bearer ${auditor}` })).toMatchObject({ status: 403 });
    await tracking.platform.audit.flush();
    const owner = new pg.Client({ connectionString: tracking.platform.databaseUrl });
    await owner.connect();
    const { rows } = await owner.query<{ content: object }>(
      `SELECT content::jsonb FROM audit.entry WHERE content::jsonb ->> 'action' = 'POST /ingest/dcsa/v2/events'`,
    );
    await owner.end();
    const denial = { kind: 'DENIAL', rule: 'report' };
    expect(rows.map(({ content }) => content)).toMatchObject([denial, denial]);
    const expired = `Bearer ${await tracking.platform.token('integration', {}, -60)}`;
    expect(await send('[]', { authorization: expired })).toMatchObject({ status: 401 });
  });

  test.each([
    ['another method', null, {}, 'GET', 405, 'expected POST'],
    ['text', '[]', { 'content-type': 'text/plain' }, 'POST', 415, 'the content type is text/plain'],
    ['compressed', '[]', { 'content-encoding': 'gzip' }, 'POST', 415, 'the content encoding is gzip'],
    ['nothing', '', {}, 'POST', 400, 'the body is not JSON'],
    ['not JSON', '[{"eventID": ]', {}, 'POST', 400, 'the body is not JSON'],
    ['not UTF-8', new Uint8Array([0x5b, 0xff, 0x5d]), {}, 'POST', 400, 'the body is not UTF-8'],
    ['one event', '{"eventType": "SHIPMENT"}', {}, 'POST', 400, 'the body is not a JSON array'],
    ['null', 'null', {}, 'POST', 400, 'the body is not a JSON array'],
    ['deep', `${'['.repeat(34)}${']'.repeat(34)}`, {}, 'POST', 400, 'nested too deeply'],
    ['very deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 'POST', 400, 'nested too deeply'],
    ['1,001 events', JSON.stringify(Array(1_001).fill({})), {}, 'POST', 413, 'the body has 1001 events'],
    ['5 MB', `["${'x'.repeat(5 * 1024 * 1024)}"]`, {}, 'POST', 413, 'expected at most 5 MB'],
  ])('is refused when it is %s', async (_name, body, headers, method, status, error) => {
    const answer = await send(body, headers, method);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(error);
  });

  test('is cut off when it grows beyond 5 MB without saying so', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 64 * 1024;
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
      },
    });
    expect(await send(endless)).toMatchObject({ status: 413 });
    expect(sent).toBeLessThan(6 * 1024 * 1024);
  });

  test('is answered over a socket, too', async () => {
    const service = await startTracking(tracking.platform);
    const server = await listen({ host: '127.0.0.1', port: 0, log: tracking.platform.log });
    try {
      for (const [path, handler] of Object.entries(service.routes)) server.mount(path, handler);
      const url = `http://127.0.0.1:${server.port}${INGESTION_PATH}`;
      const headers = { authorization, 'content-type': 'application/json; charset=utf-8' };
      const body = JSON.stringify([transportEvent('DEPA', ORIGIN)]);
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
      const large = `["${'x'.repeat(6 * 1024 * 1024)}"]`;
      expect((await fetch(url, { method: 'POST', headers, body: large })).status).toBe(413);
      expect((await fetch(url, { method: 'POST', body })).status).toBe(401);
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    } finally {
      await server.close();
      await service.close();
    }
  });
});

describe('an event', () => {
  test('is refused with the field and the reason, and those beside it are kept', async () => {
    const good = transportEvent('DEPA', ORIGIN);
    const bad = { ...good, eventID: 'x', transportCall: { ...good.transportCall, modeOfTransport: 'AIR' } };
    const { status, body } = await tracking.post('integration', [bad, 7, good]);
    expect(status).toBe(202);
    expect(body).toEqual({
      accepted: 1,
      duplicate: 0,
      refused: 2,
      results: [
        {
          index: 0,
          eventID: 'x',
          outcome: 'refused',
          shipments: [],
          errors: [
            {
              field: 'eventID',
              value: 'x',
              reason: 'expected a UUID, such as 3cecb101-7a1a-43a4-9d62-e88a131651e2',
            },
            {
              field: 'transportCall.modeOfTransport',
              value: 'AIR',
              reason: 'expected one of VESSEL, RAIL, TRUCK, BARGE',
            },
          ],
        },
        {
          index: 1,
          eventID: null,
          outcome: 'refused',
          shipments: [],
          errors: [{ field: 'event', value: 7, reason: 'expected an object' }],
        },
        { index: 2, eventID: good.eventID, outcome: 'accepted', shipments: [], errors: [] },
      ],
    });
    expect((await tracking.post('integration', [bad])).status).toBe(422);
    expect(await tracking.post('integration', [])).toMatchObject({ status: 202, body: { results: [] } });
    const { values } = await tracking.platform.metrics.ingestedEvents.get();
    expect(values.find(({ labels }) => labels.outcome === 'refused')?.value).toBe(3);
  });

  test('may hold any text that can be stored, and is refused with what cannot', async () => {
    const strange = shipmentEvent('CONF', { reason: "¿𝄞?\u0001 '; DROP TABLE event; --" });
    const odd = { ...shipmentEvent('CONF'), extra: { __proto__: null, toString: 1, big: 1e300, list: [[]] } };
    expect((await tracking.post('integration', [strange, odd])).body.accepted).toBe(2);
    const refused = [
      `{"reason": "a\\u0000b"}`,
      `{"extra": [{"a": "\\ud800"}]}`,
      `{"extra": {"\\u0000": 1}}`,
      `{"extra": 1e999}`,
      `{"extra": "${'x'.repeat(70_000)}"}`,
    ].map((changes) => ({ ...shipmentEvent('CONF'), ...(JSON.parse(changes) as object) }));
    const headers = { authorization, 'content-type': 'application/json' };
    const body = JSON.stringify(refused).replace('"extra":null', '"extra":1e999');
    const response = await tracking.knock({ method: 'POST', headers, body });
    const { results } = (await response.json()) as { results: { outcome: string; errors: object[] }[] };
    expect(results.map(({ outcome }) => outcome)).toEqual(refused.map(() => 'refused'));
    const fields = results.map(({ errors }) => (errors[0] as { field: string }).field);
    expect(fields).toEqual(['reason', 'extra[0].a', 'extra', 'extra', 'event']);
  });

  test('can be one of a thousand', async () => {
    const reference = `B${randomUUID().slice(0, 18)}`;
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const events = Array.from({ length: 1_000 }, (_, index) =>
      index % 2 === 0 ? transportEvent('DEPA', ORIGIN, ofBooking(reference)) : transportEvent('DEPA', ORIGIN),
    );
    const { body } = await tracking.post('integration', events);
    expect(body.accepted).toBe(1_000);
    expect(body.results.filter(({ shipments }) => shipments[0] === id)).toHaveLength(500);
    expect(body.results.map(({ index }) => index)).toEqual(events.map((_, index) => index));
  });
});

test('hostile input gets its documented answer, and what comes next is answered as ever', async () => {
  const hundredMegabytes = () => {
    let sent = 0;
    return new ReadableStream({
      pull(controller) {
        sent += 1024 * 1024;
        controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
        if (sent === 100 * 1024 * 1024) controller.close();
      },
    });
  };
  const before = process.memoryUsage().rss;
  for (let time = 0; time < 5; time++) {
    expect(await send(hundredMegabytes())).toMatchObject({ status: 413 });
    expect(await send(hundredMegabytes(), { 'content-length': String(100 * 1024 * 1024) })).toMatchObject({
      status: 413,
    });
    const many = JSON.stringify(Array(100_000).fill({}));
    expect(await send(many)).toMatchObject({
      status: 413,
      body: { error: 'the body has 100000 events: expected at most 1000' },
    });
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);

  const event = (changes: object) => ({ ...transportEvent('DEPA', ORIGIN), ...changes });
  const call = (changes: object) =>
    event({ transportCall: { ...transportEvent('DEPA', ORIGIN).transportCall, ...changes } });
  const equipment = (equipmentReference: string) => ({
    ...equipmentEvent('LOAD', ORIGIN),
    equipmentReference,
  });
  const cases = [
    [event({ transportEventTypeCode: 7 }), 'transportEventTypeCode', 7, 'expected a string'],
    [
      event({ eventDateTime: '9999-12-31T23:59:59Z' }),
      'eventDateTime',
      '9999-12-31T23:59:59Z',
      'too late: expected no later than 5 years from now',
    ],
    [
      call({ location: { latitude: '91', longitude: '4.5' } }),
      'transportCall.location.latitude',
      '91',
      'expected decimal degrees from -90 to 90',
    ],
    [
      equipment('CSQU3054384'),
      'equipmentReference',
      'CSQU3054384',
      'the last digit is not the ISO 6346 check digit of CSQU305438: expected 3',
    ],
    [
      call({ UNLocationCode: 'XYABC' }),
      'transportCall.UNLocationCode',
      'XYABC',
      'the UN/LOCODE begins with XY, which is not an ISO 3166-1 country code',
    ],
  ] as const;
  const { body } = await tracking.post('integration', [
    ...cases.map(([input]) => input),
    // Well-formed, though no list of ports has it: there are more places than ports.
    call({ UNLocationCode: 'CNZZ9' }),
  ]);
  expect(body.results.map(({ outcome, errors }) => [outcome, errors[0]])).toEqual([
    ...cases.map(([, field, value, reason]) => ['refused', { field, value, reason }]),
    ['accepted', undefined],
  ]);
  expect((await tracking.post('integration', [transportEvent('DEPA', ORIGIN)])).status).toBe(202);
});

const SAMPLES = '../shared/data/dcsa';
describe.skipIf(!existsSync(SAMPLES))("the conformance gateway's samples", () => {
  const sample = (name: string) => JSON.parse(readFileSync(`${SAMPLES}/${name}.json`, 'utf8')) as unknown[];

  test('go in and come out as updates of the shipment', async () => {
    const id = await tracking.createShipment({
      carrierBookingReference: 'ABC123123123',
      transportDocumentReference: 'reserved-HHL123',
      containers: [{ equipmentReference: 'APZU4812090' }],
    });
    const { status, body } = await tracking.post('integration', sample('tnt-220-response'));
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 7, duplicate: 0, refused: 0 });
    expect(body.results.map(({ shipments }) => shipments)).toEqual(Array(7).fill([id]));
    const updates = await tracking.updatesOf(id, 8);
    expect(updates.slice(1).map(({ data }) => (data.event as { eventID: string }).eventID)).toEqual(
      body.results.map(({ eventID }) => eventID),
    );
    expect((await tracking.post('integration', sample('tnt-220-response'))).body).toMatchObject({
      duplicate: 7,
    });
  });

  test.each([
    ['tnt-220-response-wrong-attribute-values', 202, ['refused', 'accepted', 'refused']],
    ['tnt-220-response-wrong-date-times', 202, ['accepted', ...Array<string>(6).fill('refused')]],
    [
      'tnt-220-response-wrong-event-ids',
      202,
      ['refused', 'refused', 'accepted', 'duplicate', 'accepted', 'accepted', 'duplicate'],
    ],
    ['tnt-220-response-wrong-structure', 422, ['refused', 'refused']],
  ])('%s: each event is judged by itself', async (name, status, outcomes) => {
    // Another producer than the one of the test above, whose eventIDs the samples repeat.
    const posted = await tracking.post('carrier-oney', sample(name));
    expect(posted.status).toBe(status);
    const { results } = posted.body;
    expect(results.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(results.filter(({ errors, outcome }) => outcome === 'refused' && errors.length === 0)).toEqual([]);
  });
});
