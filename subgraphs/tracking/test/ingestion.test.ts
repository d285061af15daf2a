import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import { knownEvent } from '../event-version.ts';
import { applyEvents } from '../ingestion/apply-events.ts';
import type { Reporter } from '../ingestion/reporter.ts';
import { inPlainTransaction } from '../ingestion/transaction.ts';
import {
  CONTAINERS,
  DESTINATION,
  ORIGIN,
  TRANSSHIPMENT,
  VESSELS,
  day,
  equipmentEvent,
  ofBooking,
  shipmentEvent,
  transportEvent,
  vesselCall,
} from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTestTracking();
});
afterAll(() => tracking.close());

const STATE = /* GraphQL */ `
  query ($id: ID!) {
    shipment(id: $id) {
      status
      transportDocumentReference
      vessel {
        imo
      }
      containers {
        equipmentReference
        isoEquipmentCode
      }
      milestones {
        code
        unLocationCode
        planned
        estimated
        actual
      }
      transportCalls {
        sequence
        unLocationCode
        arrival {
          actual
        }
        departure {
          actual
        }
      }
      events(first: 100) {
        edges {
          node {
            eventID
            eventTypeCode
            isRetracted
          }
        }
      }
      position {
        latitude
        longitude
        observedAt
      }
    }
  }
`;

interface State {
  status: string;
  transportDocumentReference: string | null;
  vessel: { imo: string } | null;
  containers: { equipmentReference: string; isoEquipmentCode: string | null }[];
  milestones: { code: string; unLocationCode: string; planned: string; estimated: string; actual: string }[];
  transportCalls: { sequence: number; unLocationCode: string }[];
  events: { edges: { node: { eventID: string; eventTypeCode: string; isRetracted: boolean } }[] };
  position: { latitude: number; longitude: number; observedAt: string } | null;
}

async function stateOf(id: string, persona = 'aurora-viewer'): Promise<State> {
  return (await tracking.data<{ shipment: State }>(persona, STATE, { id })).shipment;
}

const booking = () => `B${randomUUID().slice(0, 18)}`;
const iso = (text: string) => new Date(text).toISOString();

describe('events of a shipment', () => {
  test('move it through its milestones and are published one by one', async () => {
    const reference = booking();
    const id = await tracking.createShipment({
      carrierBookingReference: reference,
      containers: [{ equipmentReference: CONTAINERS[0], isoEquipmentCode: '22G1' }],
      plannedDeparture: day(3),
    });
    const link = ofBooking(reference);
    const sg = vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: VESSELS[1] } });
    const events = [
      equipmentEvent('GTIN', ORIGIN, { ...link, eventDateTime: day(1) }),
      equipmentEvent('LOAD', ORIGIN, { ...link, eventDateTime: day(2), transportCall: vesselCall(ORIGIN) }),
      transportEvent('DEPA', ORIGIN, { ...link, eventDateTime: day(4) }),
      transportEvent('ARRI', TRANSSHIPMENT, { ...link, eventDateTime: day(9) }),
      transportEvent('DEPA', TRANSSHIPMENT, { ...link, eventDateTime: day(11), transportCall: sg }),
      transportEvent('ARRI', DESTINATION, {
        ...link,
        eventDateTime: day(30),
        eventClassifierCode: 'EST',
        transportCall: vesselCall(DESTINATION, { vessel: { vesselIMONumber: VESSELS[1] } }),
      }),
    ];
    const posted = await tracking.post('integration', events);
    expect(posted.status).toBe(202);
    expect(posted.body).toMatchObject({ accepted: 6, duplicate: 0, refused: 0 });
    expect(posted.body.results).toEqual(
      events.map(({ eventID }, index) => ({
        index,
        eventID,
        outcome: 'accepted',
        shipments: [id],
        errors: [],
      })),
    );

    const state = await stateOf(id);
    expect(state.status).toBe('IN_TRANSIT');
    expect(state.vessel).toEqual({ imo: VESSELS[1] });
    const none = { planned: null, estimated: null, actual: null };
    expect(state.milestones).toEqual([
      { ...none, code: 'GATE_IN', unLocationCode: ORIGIN, actual: iso(day(1)) },
      { ...none, code: 'LOADED', unLocationCode: ORIGIN, actual: iso(day(2)) },
      { ...none, code: 'DEPARTED', unLocationCode: ORIGIN, planned: iso(day(3)), actual: iso(day(4)) },
      { ...none, code: 'TRANSSHIPMENT_ARRIVED', unLocationCode: TRANSSHIPMENT, actual: iso(day(9)) },
      { ...none, code: 'TRANSSHIPMENT_DEPARTED', unLocationCode: TRANSSHIPMENT, actual: iso(day(11)) },
      { ...none, code: 'ARRIVED', unLocationCode: DESTINATION, estimated: iso(day(30)) },
    ]);
    expect(state.transportCalls.map((call) => [call.sequence, call.unLocationCode])).toEqual([
      [1, ORIGIN],
      [2, TRANSSHIPMENT],
      [3, TRANSSHIPMENT],
      [4, DESTINATION],
    ]);

    const [creation, ...updates] = await tracking.updatesOf(id, 7);
    expect(creation).toMatchObject({ data: { event: null, shipment: { __typename: 'Shipment', id } } });
    expect(updates.map(({ data }) => (data.event as { eventID: string }).eventID)).toEqual(
      events.map(({ eventID }) => eventID),
    );
    expect(new Set(updates.map(({ cursor }) => cursor)).size).toBe(6);
    expect(updates[2]).toMatchObject({
      topic: 'shipment',
      data: {
        cursor: updates[2]?.cursor,
        event: {
          __typename: 'TrackingEvent',
          eventType: 'TRANSPORT',
          eventTypeCode: 'DEPA',
          eventClassifierCode: 'ACT',
          eventDateTime: iso(day(4)),
          unLocationCode: ORIGIN,
          vesselIMONumber: VESSELS[0],
          isRetracted: false,
        },
        shipment: { __typename: 'Shipment', id },
      },
    });
  });

  test('that are posted again change nothing', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const event = transportEvent('DEPA', ORIGIN, ofBooking(reference));
    expect((await tracking.post('integration', [event])).body.accepted).toBe(1);
    const again = await tracking.post('integration', [
      event,
      { ...event, eventID: event.eventID?.toUpperCase() },
    ]);
    expect(again.status).toBe(202);
    expect(again.body.results.map(({ outcome, shipments }) => [outcome, shipments])).toEqual([
      ['duplicate', [id]],
      ['duplicate', [id]],
    ]);
    const { eventID: _none, ...nameless } = transportEvent('ARRI', TRANSSHIPMENT, {
      transportCall: vesselCall(TRANSSHIPMENT),
      references: [{ referenceType: 'FF', referenceValue: randomUUID() }],
      ...ofBooking(reference),
    });
    const first = await tracking.post('integration', [nameless, nameless]);
    expect(first.body.results.map(({ outcome }) => outcome)).toEqual(['accepted', 'duplicate']);
    const second = await tracking.post('integration', [nameless]);
    expect(second.body.results[0]).toEqual({ ...first.body.results[1], index: 0 });
    await tracking.post('integration', [transportEvent('ARRI', DESTINATION, ofBooking(reference))]);
    // The creation, the event, the nameless one, the last one; nothing for the repetitions.
    expect(await tracking.updatesOf(id, 4)).toHaveLength(4);
    expect((await stateOf(id)).events.edges).toHaveLength(3);
  });

  test('are corrected and withdrawn, whatever arrives first', async () => {
    for (const turned of [false, true]) {
      const reference = booking();
      const id = await tracking.createShipment({ carrierBookingReference: reference });
      const link = ofBooking(reference);
      const departed = transportEvent('DEPA', ORIGIN, { ...link, eventDateTime: day(4) });
      const corrected = { ...departed, eventDateTime: day(5), eventUpdatedDateTime: '2026-04-02T00:00:00Z' };
      const loaded = equipmentEvent('LOAD', ORIGIN, { ...link, transportCall: vesselCall(ORIGIN) });
      const withdrawn = { ...loaded, isRetracted: true, eventUpdatedDateTime: '2026-04-02T00:00:00Z' };
      const { documentReferences: _none, ...bare } = withdrawn;
      const events = [departed, corrected, loaded, bare];
      for (const event of turned ? events.toReversed() : events) await tracking.post('integration', [event]);

      const state = await stateOf(id);
      expect(state.milestones.map(({ code, actual }) => [code, actual])).toEqual([['DEPARTED', iso(day(5))]]);
      // Turned round, the loading was known to be withdrawn before it could reach the shipment.
      const shown = state.events.edges.map(({ node }) => [node.eventTypeCode, node.isRetracted]);
      expect(shown).toEqual(
        turned
          ? [['DEPA', false]]
          : [
              ['DEPA', false],
              ['LOAD', true],
            ],
      );
    }
  });

  test('leave a shipment when their correction names another', async () => {
    const [wrong, right] = [booking(), booking()];
    const wrongId = await tracking.createShipment({ carrierBookingReference: wrong });
    const rightId = await tracking.createShipment({ carrierBookingReference: right });
    const event = transportEvent('DEPA', ORIGIN, ofBooking(wrong));
    await tracking.post('integration', [event]);
    expect((await stateOf(wrongId)).status).toBe('IN_TRANSIT');
    const corrected = { ...event, ...ofBooking(right), eventUpdatedDateTime: '2026-04-03T00:00:00Z' };
    const { body } = await tracking.post('integration', [corrected, event]);
    expect(body.results.map(({ outcome, shipments }) => [outcome, shipments])).toEqual([
      ['accepted', [rightId]],
      ['duplicate', [wrongId]],
    ]);
    const left = await stateOf(wrongId);
    expect(left.status).toBe('BOOKED');
    expect(left.events.edges.map(({ node }) => node.isRetracted)).toEqual([true]);
    expect((await stateOf(rightId)).status).toBe('IN_TRANSIT');
  });

  test('teach it the containers and the bill of lading that they name', async () => {
    const reference = booking();
    const bill = `T${randomUUID().slice(0, 18)}`;
    const container = CONTAINERS[1];
    const byContainer = equipmentEvent('GTIN', ORIGIN, { equipmentReference: container });
    const byBill = shipmentEvent('ISSU', { documentTypeCode: 'TRD', documentID: bill });
    expect((await tracking.post('integration', [byContainer, byBill])).body.results).toMatchObject([
      { outcome: 'accepted', shipments: [] },
      { outcome: 'accepted', shipments: [] },
    ]);
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    expect((await stateOf(id)).events.edges).toEqual([]);
    const teacher = equipmentEvent('LOAD', ORIGIN, {
      equipmentReference: container,
      ISOEquipmentCode: '45R1',
      transportCall: vesselCall(ORIGIN),
      documentReferences: [
        { documentReferenceType: 'BKG', documentReferenceValue: reference },
        { documentReferenceType: 'TRD', documentReferenceValue: bill },
      ],
    });
    await tracking.post('integration', [teacher]);
    const state = await stateOf(id);
    expect(state.transportDocumentReference).toBe(bill);
    expect(state.containers).toEqual([{ equipmentReference: container, isoEquipmentCode: '45R1' }]);
    expect(state.events.edges.map(({ node }) => node.eventTypeCode).sort()).toEqual(['GTIN', 'ISSU', 'LOAD']);
    const rows = await tracking.database.pool.query(
      'SELECT 1 FROM unmatched_event WHERE event_id = ANY($1)',
      [[byContainer.eventID, byBill.eventID]],
    );
    expect(rows.rowCount).toBe(0);
  });

  test('show how an estimate moved, whichever version came first', async () => {
    const made = (day: number) => `2026-04-${String(day).padStart(2, '0')}T00:00:00Z`;
    const query = /* GraphQL */ `
      query ($id: ID!) {
        shipment(id: $id) {
          arrival {
            estimated
            estimates {
              estimated
              madeAt
              eventID
            }
          }
        }
      }
    `;
    const reference = booking();
    const estimate = (number: number, day_: number, eventID: string) =>
      transportEvent('ARRI', DESTINATION, {
        ...ofBooking(reference),
        eventID,
        eventClassifierCode: 'EST',
        eventDateTime: day(number),
        eventUpdatedDateTime: made(day_),
      });
    const [one, other] = [randomUUID(), randomUUID()];
    const versions = [
      estimate(20, 1, one),
      estimate(22, 2, one),
      estimate(22, 3, other),
      estimate(25, 4, other),
      estimate(24, 5, one),
    ];
    const moves = [
      { estimated: iso(day(20)), madeAt: iso(made(1)), eventID: one },
      { estimated: iso(day(22)), madeAt: iso(made(2)), eventID: one },
      { estimated: iso(day(25)), madeAt: iso(made(4)), eventID: other },
      { estimated: iso(day(24)), madeAt: iso(made(5)), eventID: one },
    ];
    // The first two before the shipment is there.
    await tracking.post('integration', [versions[1]]);
    await tracking.post('integration', [versions[0]]);
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    for (const version of [versions[4], versions[2], versions[3]]) {
      expect((await tracking.post('integration', [version])).body.accepted).toBe(1);
    }
    expect(await tracking.data('aurora-operations', query, { id })).toEqual({
      shipment: { arrival: { estimated: iso(day(24)), estimates: moves } },
    });
    const withdrawn = { ...versions[4], isRetracted: true, eventUpdatedDateTime: made(6) };
    await tracking.post('integration', [withdrawn]);
    expect(await tracking.data('aurora-operations', query, { id })).toEqual({
      shipment: {
        arrival: {
          estimated: iso(day(25)),
          estimates: [
            { estimated: iso(day(22)), madeAt: iso(made(3)), eventID: other },
            { estimated: iso(day(25)), madeAt: iso(made(4)), eventID: other },
          ],
        },
      },
    });
  });

  test('that arrived before it are applied when it is created', async () => {
    const reference = booking();
    const link = ofBooking(reference);
    const departed = transportEvent('DEPA', ORIGIN, link);
    const replaced = transportEvent('ARRI', DESTINATION, {
      ...link,
      eventClassifierCode: 'EST',
      eventDateTime: day(20),
    });
    const estimate = { ...replaced, eventDateTime: day(22), eventUpdatedDateTime: '2026-04-05T00:00:00Z' };
    await tracking.post('integration', [departed, estimate]);
    await tracking.post('carrier-oney', [transportEvent('ARRI', DESTINATION, link)]);
    // An older version: it changes nothing but what is known to have been estimated.
    expect((await tracking.post('integration', [replaced])).body.results[0]?.outcome).toBe('accepted');
    expect((await tracking.post('integration', [replaced])).body.results[0]?.outcome).toBe('duplicate');

    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const state = await stateOf(id);
    expect(state.status).toBe('IN_TRANSIT');
    expect(state.milestones).toMatchObject([
      { code: 'DEPARTED' },
      { code: 'ARRIVED', estimated: iso(day(22)), actual: null },
    ]);
    expect(await tracking.updatesOf(id, 1)).toMatchObject([{ data: { event: null, shipment: { id } } }]);

    // A second shipment under the same booking gets the same events.
    const sibling = await tracking.createShipment({ carrierBookingReference: reference });
    expect(await stateOf(sibling)).toEqual(state);
    // What one tenant has stored stays with it, whoever names the booking.
    const stranger = await tracking.createShipment(
      { carrierBookingReference: reference },
      'borealis-operations',
    );
    expect(await stateOf(stranger, 'borealis-viewer')).toMatchObject({ status: 'BOOKED' });
  });

  test('bring a position where they carry coordinates', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const at = (latitude: string, longitude: string, time: string, code: 'ACT' | 'EST') =>
      equipmentEvent('INSP', TRANSSHIPMENT, {
        ...ofBooking(reference),
        eventClassifierCode: code,
        eventDateTime: time,
        eventLocation: { UNLocationCode: TRANSSHIPMENT, latitude, longitude },
      });
    await tracking.post('integration', [
      at('1.264', '103.84', day(9), 'ACT'),
      at('1.1', '103.1', day(8), 'ACT'),
      at('2', '2', day(10), 'EST'),
    ]);
    expect((await stateOf(id)).position).toEqual({
      latitude: 1.264,
      longitude: 103.84,
      observedAt: iso(day(9)),
    });
  });
});

describe('who may affect what', () => {
  test('a carrier reports for its own shipments, a shipper for its own tenant', async () => {
    const reference = booking();
    const aurora = await tracking.createShipment({ carrierBookingReference: reference });
    const borealis = await tracking.createShipment({ carrierBookingReference: reference }, 'borealis-admin');
    const other = await tracking.createShipment({ carrierBookingReference: reference, carrierScac: 'ONEY' });
    const post = async (persona: string, claims?: Record<string, unknown>) => {
      const body = [transportEvent('DEPA', ORIGIN, ofBooking(reference))];
      if (claims === undefined) return (await tracking.post(persona, body)).body.results[0]?.shipments;
      const token = await tracking.platform.token(persona, claims);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await tracking.knock({ method: 'POST', headers, body: JSON.stringify(body) });
      return ((await response.json()) as { results: { shipments: string[] }[] }).results[0]?.shipments;
    };
    expect(await post('carrier-hlcu')).toEqual([aurora, borealis].sort());
    expect(await post('carrier-oney')).toEqual([other]);
    expect(await post('integration')).toEqual([aurora, borealis, other].sort());
    expect(await post('integration', { carriers: ['MAEU', 'ONEY'] })).toEqual([other]);
    expect(await post('integration', { carriers: [] })).toEqual([]);
    expect(await post('integration', { carriers: ['HLCU', 'ONEY'] })).toEqual(
      [aurora, borealis, other].sort(),
    );
    expect(await post('aurora-operations', { scope: 'events:write' })).toEqual([aurora, other].sort());
    expect(await tracking.data('borealis-viewer', STATE, { id: aurora })).toEqual({ shipment: null });
  });

  test('two producers may use the same eventID', async () => {
    const reference = booking();
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const event = transportEvent('DEPA', ORIGIN, ofBooking(reference));
    expect((await tracking.post('carrier-hlcu', [event])).body.accepted).toBe(1);
    expect((await tracking.post('integration', [event])).body.accepted).toBe(1);
    expect((await stateOf(id)).events.edges).toHaveLength(2);
  });
});

describe('at the same time', () => {
  test('events of one shipment, found by different references: none is lost', async () => {
    const reference = booking();
    const id = await tracking.createShipment({
      carrierBookingReference: reference,
      containers: CONTAINERS.map((equipmentReference) => ({ equipmentReference })),
    });
    const links = [
      ofBooking(reference),
      ...CONTAINERS.map((referenceValue) => ({
        references: [{ referenceType: 'EQ' as const, referenceValue }],
      })),
    ];
    const events = Array.from({ length: 30 }, (_, index) =>
      transportEvent('ARRI', TRANSSHIPMENT, {
        ...links[index % links.length],
        eventClassifierCode: 'EST',
        eventDateTime: day(1 + (index % 28)),
        eventCreatedDateTime: `2026-04-01T00:00:${String(index).padStart(2, '0')}Z`,
      }),
    );
    // No more than the turnstiles of two processes take without refusing.
    const answers = await Promise.all(events.map((event) => tracking.post('integration', [event, event])));
    expect(answers.map(({ status }) => status)).toEqual(events.map(() => 202));
    const state = await stateOf(id);
    expect(state.events.edges).toHaveLength(30);
    expect(state.milestones.map(({ estimated }) => estimated)).toEqual([iso(day(2))]);
  });

  /** Has `first` held up before it commits, and goes on when `second` is done or waits for the first. */
  async function interleave<A, B>(
    hold: string,
    first: () => Promise<A>,
    second: () => Promise<B>,
  ): Promise<[A, B]> {
    const rival = new pg.Client({ connectionString: tracking.platform.databaseUrl });
    await rival.connect();
    const isWaitedFor = async (...types: string[]) => {
      const waiting = 'SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = ANY($1)';
      const { rowCount } = await rival.query(waiting, [types]);
      return rowCount === 1;
    };
    const patience = { timeout: 5_000 };
    try {
      await rival.query('BEGIN');
      await rival.query(hold);
      const firstDone = first();
      await vi.waitFor(async () => expect(await isWaitedFor('relation')).toBe(true), patience);
      let isDone = false;
      const secondDone = second().finally(() => (isDone = true));
      await vi.waitFor(
        async () => expect(isDone || (await isWaitedFor('advisory', 'transactionid', 'tuple'))).toBe(true),
        patience,
      );
      await rival.query('COMMIT');
      return await Promise.all([firstDone, secondDone]);
    } finally {
      await rival.end();
    }
  }

  /** Applies an event as a worker does, whatever other workers do. */
  function apply(payload: DcsaEvent) {
    const producerId = DEMO_TENANTS.platform;
    const reporter: Reporter = { producerId, kind: 'PLATFORM', tenantId: null, carrierScac: null };
    const event = knownEvent({ producerId, eventID: payload.eventID ?? '', payload });
    return inPlainTransaction(tracking.database, (sql) => applyEvents(sql, reporter, [event], new Date()));
  }

  test('a shipment that is being created and its event find each other', async () => {
    const reference = booking();
    const [id] = await interleave(
      'LOCK TABLE tracking.milestone IN EXCLUSIVE MODE',
      () => tracking.createShipment({ carrierBookingReference: reference }),
      () => tracking.post('integration', [transportEvent('DEPA', ORIGIN, ofBooking(reference))]),
    );
    expect((await stateOf(id)).status).toBe('IN_TRANSIT');
  });

  test('an event that is being stored and its shipment find each other', async () => {
    const reference = booking();
    const [, id] = await interleave(
      'LOCK TABLE tracking.unmatched_event IN SHARE MODE',
      () => tracking.post('integration', [transportEvent('DEPA', ORIGIN, ofBooking(reference))]),
      () => tracking.createShipment({ carrierBookingReference: reference }),
    );
    expect((await stateOf(id)).status).toBe('IN_TRANSIT');
  });

  test('two events that find their shipment by different references both count', async () => {
    const reference = booking();
    const containers = [{ equipmentReference: CONTAINERS[0] }];
    const id = await tracking.createShipment({ carrierBookingReference: reference, containers });
    await interleave(
      'LOCK TABLE tracking.milestone IN EXCLUSIVE MODE',
      () => apply(transportEvent('DEPA', ORIGIN, ofBooking(reference))),
      () => apply(equipmentEvent('GTIN', ORIGIN)),
    );
    expect((await stateOf(id)).milestones.map(({ code }) => code)).toEqual(['GATE_IN', 'DEPARTED']);
  });

  test('batches that share shipments in opposite order: no deadlock', async () => {
    const references = Array.from({ length: 8 }, booking);
    const ids = await Promise.all(
      references.map((reference) => tracking.createShipment({ carrierBookingReference: reference })),
    );
    const batch = (turned: boolean) => {
      const events = references.map((reference) => transportEvent('DEPA', ORIGIN, ofBooking(reference)));
      return tracking.post('integration', turned ? events.toReversed() : events);
    };
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => batch(index % 2 === 0)));
    expect(answers.map(({ body }) => body.accepted)).toEqual(answers.map(() => 8));
    const states = await Promise.all(ids.map((id) => stateOf(id)));
    expect(states.map(({ events }) => events.edges.length)).toEqual(ids.map(() => 10));
  });
});
