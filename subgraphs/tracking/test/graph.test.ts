import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { presenceEntry, presenceKey, PRESENCE_GATEWAYS, PRESENCE_KNOWN_FROM } from '#platform/presence.ts';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import {
  CONTAINERS,
  DESTINATION,
  ORIGIN,
  TRANSSHIPMENT,
  day,
  equipmentEvent,
  ofBooking,
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

const CREATE = /* GraphQL */ `
  mutation ($input: CreateShipmentInput!, $key: String!) {
    createShipment(input: $input, idempotencyKey: $key) {
      __typename
      ... on ShipmentCreated {
        shipment {
          id
          reference
          status
        }
      }
      ... on ShipmentReferenceTaken {
        reference
        shipment {
          id
        }
      }
    }
  }
`;

const input = (changes: object = {}) => ({
  reference: `PO-${randomUUID()}`,
  carrierScac: 'HLCU',
  origin: ORIGIN,
  destination: DESTINATION,
  ...changes,
});

interface Created {
  createShipment: { __typename: string; shipment: { id: string; reference: string } };
}
const create = (variables: object, persona = 'aurora-buyer') =>
  tracking.data<Created>(persona, CREATE, { key: randomUUID(), ...variables });

const code = async (persona: string, document: string, variables?: object) =>
  (await tracking.ask(persona, document, variables)).errors?.map(({ extensions }) => extensions.code);

describe('creating a shipment', () => {
  test('answers with it, and the same key gives the same one', async () => {
    const variables = { input: input({ plannedDeparture: day(1), plannedArrival: day(30) }), key: 'k1' };
    const first = await create(variables);
    expect(first.createShipment).toMatchObject({
      __typename: 'ShipmentCreated',
      shipment: { reference: variables.input.reference, status: 'BOOKED' },
    });
    expect(await create(variables)).toEqual(first);
    expect(await code('aurora-buyer', CREATE, { ...variables, input: input() })).toEqual(['CONFLICT']);
    expect(
      (await create({ ...variables, input: input() }, 'aurora-admin')).createShipment.shipment.id,
    ).not.toBe(first.createShipment.shipment.id);
    expect(await tracking.updatesOf(first.createShipment.shipment.id, 1)).toHaveLength(1);
  });

  test('with a reference that the tenant has given already says which one has it', async () => {
    const variables = { input: input() };
    const { createShipment: first } = await create(variables);
    const { createShipment: second } = await create({ input: { ...variables.input, carrierScac: 'ONEY' } });
    expect(second).toEqual({
      __typename: 'ShipmentReferenceTaken',
      reference: variables.input.reference,
      shipment: { id: first.shipment.id },
    });
    expect((await create(variables, 'borealis-admin')).createShipment.__typename).toBe('ShipmentCreated');
  });

  test('twenty at once with one reference: one is created', async () => {
    const variables = { input: input({ carrierBookingReference: `B${randomUUID().slice(0, 18)}` }) };
    const results = await Promise.all(Array.from({ length: 20 }, () => create(variables)));
    const created = results.filter(({ createShipment }) => createShipment.__typename === 'ShipmentCreated');
    expect(created).toHaveLength(1);
    expect(new Set(results.map(({ createShipment }) => createShipment.shipment.id)).size).toBe(1);
  });

  test('names every fault of the input', async () => {
    const answer = await tracking.ask('aurora-buyer', CREATE, {
      key: randomUUID(),
      input: {
        reference: ' x',
        carrierScac: 'hlcu',
        origin: 'XYABC',
        destination: 'NLRT1',
        carrierBookingReference: '',
        transportDocumentReference: 'x'.repeat(21),
        plannedDeparture: day(2),
        plannedArrival: day(1),
        containers: [
          { equipmentReference: CONTAINERS[0] },
          { equipmentReference: CONTAINERS[0], isoEquipmentCode: '22g1', cargoWeightKg: -1 },
          { equipmentReference: 'APZU2134567' },
          { equipmentReference: 'PALLET-1' },
        ],
      },
    });
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(answer.errors?.[0]?.extensions.faults?.map(({ field }) => field)).toEqual([
      'input.reference',
      'input.carrierScac',
      'input.origin',
      'input.destination',
      'input.carrierBookingReference',
      'input.transportDocumentReference',
      'input.plannedArrival',
      'input.containers[1].equipmentReference',
      'input.containers[1].isoEquipmentCode',
      'input.containers[1].cargoWeightKg',
      'input.containers[2].equipmentReference',
      'input.containers[3].equipmentReference',
    ]);
    const past = { input: input({ plannedDeparture: '1999-12-31T00:00:00Z' }), key: randomUUID() };
    expect(await code('aurora-buyer', CREATE, past)).toEqual(['BAD_USER_INPUT']);
    const same = { input: input({ origin: 'CNSHA', destination: 'CNSGH' }), key: randomUUID() };
    expect(await code('aurora-buyer', CREATE, same)).toEqual(['BAD_USER_INPUT']);
    expect(await code('aurora-buyer', CREATE, { input: input(), key: '' })).toEqual(['BAD_USER_INPUT']);
    const crowd = Array<object>(101).fill({ equipmentReference: CONTAINERS[0] });
    const crowded = { input: input({ containers: crowd }), key: randomUUID() };
    expect(await code('aurora-buyer', CREATE, crowded)).toEqual(['BAD_USER_INPUT']);
  });

  test.each(['aurora-viewer', 'auditor', 'carrier-hlcu', 'integration'])('is not for %s', async (persona) => {
    expect(await code(persona, CREATE, { input: input(), key: randomUUID() })).toEqual(['FORBIDDEN']);
  });
});

describe('reading', () => {
  test("is limited to the caller's tenant, also by reference and through entities", async () => {
    const reference = `B${randomUUID().slice(0, 18)}`;
    const { createShipment } = await create({
      input: input({
        carrierBookingReference: reference,
        containers: [{ equipmentReference: CONTAINERS[1] }],
      }),
    });
    const { id } = createShipment.shipment;
    await tracking.post('integration', [transportEvent('DEPA', ORIGIN, ofBooking(reference))]);
    const everything = /* GraphQL */ `
      query ($id: ID!, $reference: String!) {
        shipment(id: $id) {
          id
          containers {
            id
          }
          transportCalls {
            id
          }
          events {
            edges {
              node {
                id
              }
            }
          }
        }
        shipmentByReference(reference: $reference) {
          id
        }
      }
    `;
    interface Everything {
      shipment: {
        id: string;
        containers: [{ id: string }];
        transportCalls: [{ id: string }];
        events: { edges: [{ node: { id: string } }] };
      };
      shipmentByReference: { id: string };
    }
    const variables = { id, reference: createShipment.shipment.reference };
    const own = await tracking.data<Everything>('aurora-viewer', everything, variables);
    expect(own.shipmentByReference.id).toBe(id);
    expect(await tracking.data('borealis-admin', everything, variables)).toEqual({
      shipment: null,
      shipmentByReference: null,
    });
    const entities = /* GraphQL */ `
      query ($representations: [_Any!]!) {
        _entities(representations: $representations) {
          __typename
          ... on Shipment {
            id
          }
          ... on Container {
            shipment {
              id
            }
          }
          ... on TransportCall {
            port {
              unlocode
            }
          }
          ... on TrackingEvent {
            eventTypeCode
          }
        }
      }
    `;
    const representations = [
      { __typename: 'Shipment', id },
      { __typename: 'Container', id: own.shipment.containers[0].id },
      { __typename: 'TransportCall', id: own.shipment.transportCalls[0].id },
      { __typename: 'TrackingEvent', id: own.shipment.events.edges[0].node.id },
      { __typename: 'Shipment', id: 'no uuid' },
      { __typename: 'Shipment', id: randomUUID() },
    ];
    expect(await tracking.data('aurora-viewer', entities, { representations })).toEqual({
      _entities: [
        { __typename: 'Shipment', id },
        { __typename: 'Container', shipment: { id } },
        { __typename: 'TransportCall', port: { unlocode: ORIGIN } },
        { __typename: 'TrackingEvent', eventTypeCode: 'DEPA' },
        null,
        null,
      ],
    });
    expect(await tracking.data('borealis-admin', entities, { representations })).toEqual({
      _entities: Array<null>(6).fill(null),
    });
  });

  test('needs the scope for it', async () => {
    const service = await tracking.ask('aurora-viewer', '{ _service { sdl } }');
    expect(service.data).toHaveProperty('_service.sdl');
    expect(await code('integration', '{ shipments { edges { cursor } } }')).toEqual(['FORBIDDEN']);
    expect(await code('integration', '{ shipmentUpdatesCursor }')).toEqual(['FORBIDDEN']);
    const { id } = (await create({ input: input() })).createShipment.shipment;
    const representations = [{ __typename: 'Shipment', id }];
    const query =
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';
    expect(await code('integration', query, { representations })).toEqual(['FORBIDDEN']);
  });

  test('pages through shipments, newest first, and filters them', async () => {
    const persona = 'borealis-operations';
    const created: string[] = [];
    for (let index = 0; index < 7; index++) {
      const changes = {
        carrierScac: index % 2 === 0 ? 'ONEY' : 'HLCU',
        origin: index < 5 ? 'CNSHA' : 'CNNGB',
      };
      created.unshift(await tracking.createShipment(changes, persona));
    }
    const page = /* GraphQL */ `
      query ($first: Int!, $after: String, $filter: ShipmentFilter) {
        shipments(first: $first, after: $after, filter: $filter) {
          edges {
            cursor
            node {
              id
            }
          }
          pageInfo {
            hasNextPage
            hasPreviousPage
            startCursor
            endCursor
          }
        }
      }
    `;
    interface Page {
      shipments: {
        edges: { cursor: string; node: { id: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string | null };
      };
    }
    const list = async (variables: object) => (await tracking.data<Page>(persona, page, variables)).shipments;
    const all = await list({ first: 100 });
    const ids = all.edges.map(({ node }) => node.id);
    expect(ids.slice(0, 7)).toEqual(created);
    const walked: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { edges, pageInfo } = await list({ first: 3, after });
      walked.push(...edges.map(({ node }) => node.id));
      ({ endCursor: after, hasNextPage: more } = pageInfo);
    }
    expect(walked).toEqual(ids);
    const filtered = async (filter: object) =>
      (await list({ first: 100, filter })).edges
        .map(({ node }) => node.id)
        .filter((id) => created.includes(id));
    expect(await filtered({ carrierScac: 'ONEY' })).toHaveLength(4);
    expect(await filtered({ origin: 'CNSGH' })).toHaveLength(5);
    expect(await filtered({ origin: 'CNNGB', carrierScac: 'HLCU', status: ['BOOKED'] })).toHaveLength(1);
    expect(await filtered({ status: ['DELIVERED'] })).toEqual([]);
    expect(await filtered({ status: null, destination: null })).toHaveLength(7);
    for (const wrong of [
      { first: 0 },
      { first: 101 },
      { first: 1, after: 'x' },
      { first: 1, filter: { origin: 'Shanghai' } },
      { first: 1, filter: { carrierScac: '\0' } },
    ]) {
      expect(await code(persona, page, wrong)).toEqual(['BAD_USER_INPUT']);
    }
  });

  test("pages through a shipment's events, latest first", async () => {
    const reference = `B${randomUUID().slice(0, 18)}`;
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const events = Array.from({ length: 7 }, (_, index) =>
      transportEvent('DEPA', ORIGIN, {
        ...ofBooking(reference),
        eventDateTime: day(1 + Math.floor(index / 2)),
      }),
    );
    await tracking.post('integration', events);
    const page = /* GraphQL */ `
      query ($id: ID!, $after: String) {
        shipment(id: $id) {
          first: events(first: 3) {
            ...page
          }
          next: events(first: 3, after: $after) {
            ...page
          }
        }
      }
      fragment page on TrackingEventConnection {
        edges {
          node {
            eventID
            eventDateTime
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    `;
    interface Events {
      edges: { node: { eventID: string; eventDateTime: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    }
    interface Pages {
      shipment: { first: Events; next: Events };
    }
    const walked: { eventID: string; eventDateTime: string }[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { shipment }: Pages = await tracking.data<Pages>('aurora-viewer', page, { id, after });
      expect(shipment.first.edges).toHaveLength(3);
      walked.push(...shipment.next.edges.map(({ node }) => node));
      ({ endCursor: after, hasNextPage: more } = shipment.next.pageInfo);
    }
    expect(walked.map(({ eventID }) => eventID).sort()).toEqual(events.map(({ eventID }) => eventID).sort());
    const times = walked.map(({ eventDateTime }) => eventDateTime);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test('takes as many SQL statements for 100 shipments as for 10', async () => {
    const persona = 'borealis-viewer';
    const follow = async (index: number): Promise<void> => {
      const reference = `B${randomUUID().slice(0, 18)}`;
      const container = CONTAINERS[index % CONTAINERS.length];
      await tracking.createShipment(
        { carrierBookingReference: reference, containers: [{ equipmentReference: container }] },
        'borealis-operations',
      );
      if (index % 10 === 0) {
        await tracking.post('integration', [
          transportEvent('DEPA', ORIGIN, ofBooking(reference)),
          equipmentEvent('DISC', TRANSSHIPMENT, {
            ...ofBooking(reference),
            transportCall: vesselCall(TRANSSHIPMENT),
          }),
        ]);
      }
    };
    for (let start = 0; start < 100; start += 5) {
      await Promise.all(Array.from({ length: 5 }, (_, index) => follow(start + index)));
    }
    const full = /* GraphQL */ `
      query ($first: Int!) {
        shipments(first: $first) {
          edges {
            node {
              reference
              carrier {
                scac
              }
              origin {
                unlocode
              }
              vessel {
                imo
              }
              containers {
                equipmentReference
                shipment {
                  id
                }
              }
              transportCalls {
                port {
                  unlocode
                }
                arrival {
                  actual
                }
              }
              milestones {
                code
              }
              departure {
                actual
              }
              arrival {
                planned
              }
              viewers {
                known
              }
              events(first: 5) {
                edges {
                  node {
                    eventID
                  }
                }
              }
            }
          }
        }
      }
    `;
    const statements = async (first: number) => {
      const before = await tracking.platform.sqlStatements('tracking');
      const { shipments } = await tracking.data<{ shipments: { edges: unknown[] } }>(persona, full, {
        first,
      });
      expect(shipments.edges).toHaveLength(first);
      return (await tracking.platform.sqlStatements('tracking')) - before;
    };
    const ten = await statements(10);
    expect(await statements(100)).toBe(ten);
    expect(ten).toBeLessThanOrEqual(6);
    const asked = vi.spyOn(tracking.platform.connections.requests, 'eval');
    await statements(100);
    // Who is watching them is asked in one round trip.
    expect(asked.mock.calls.filter(([script]) => String(script).includes(PRESENCE_GATEWAYS))).toHaveLength(1);
    asked.mockRestore();
  });

  test('tells who of the tenant is watching a shipment, or that it is not known', async () => {
    const { requests } = tracking.platform.connections;
    const value = await tracking.createShipment();
    const viewers = async (persona: string) => {
      const document =
        'query ($id: ID!) { shipment(id: $id) { viewers { known count viewers { subject name roles since } } } }';
      const { shipment } = await tracking.data<{ shipment: { viewers: unknown } }>(persona, document, {
        id: value,
      });
      return shipment.viewers;
    };
    const unknown = { known: false, count: null, viewers: null };
    // No gateway has told yet.
    expect(await viewers('aurora-viewer')).toEqual(unknown);
    const tenants = { aurora: DEMO_TENANTS.aurora, borealis: DEMO_TENANTS.borealis };
    for (const [subject, tenant] of Object.entries(tenants)) {
      const key = presenceKey({ topic: 'shipment', tenant, value });
      const shown = { name: null, roles: ['buyer'], since: '2026-05-04T02:10:00.000Z' };
      await requests.hset(key, { [`gateway ${subject}`]: presenceEntry(shown), 'dead somebody': '{}' });
    }
    await requests.zadd(PRESENCE_GATEWAYS, Date.now() + 60_000, 'gateway');
    await requests.set(PRESENCE_KNOWN_FROM, Date.now() + 60_000);
    expect(await viewers('aurora-viewer')).toEqual(unknown);
    await requests.set(PRESENCE_KNOWN_FROM, Date.now() - 1);
    const since = '2026-05-04T02:10:00.000Z';
    const aurora = { subject: 'aurora', name: null, roles: ['buyer'], since };
    expect(await viewers('aurora-viewer')).toEqual({ known: true, count: 1, viewers: [aurora] });
    await requests.del(PRESENCE_GATEWAYS);
    expect(await viewers('aurora-viewer')).toEqual(unknown);
  });
});
