import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode, print } from 'graphql';
import { createClient, type Sink } from 'graphql-ws';
import pg from 'pg';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transportEvent } from '#subgraphs/tracking/test/event-builders.ts';
import {
  ShipmentDocument,
  ShipmentUpdatedDocument,
  type ShipmentQuery,
  type ShipmentUpdatedSubscription,
} from './generated/operations.ts';
import { instant, startFreight, type BookedShipment, type Freight } from './harness/freight.ts';
import { subscribe } from './harness/live.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

/** Milliseconds until something that is under way must have happened. */
const PATIENCE = 5_000;

let services: TestServices;
let system: TestProcess;
let freight: Freight;
let token: string;
let shipment: BookedShipment;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  services = await startTestServices();
  closing.unshift(() => services.close());
  system = await startTestProcess(services.env);
  closing.unshift(() => system.stop());
  freight = await startFreight(services, system);
  token = await services.token('aurora-operations');
});
beforeEach(async () => {
  shipment = await freight.ship();
});
afterAll(async () => {
  for (const close of closing) await close();
});

/** What every client must show of the booked shipment: something of each subgraph. */
function onScreen(status: string, basis: string): object {
  return {
    id: shipment.id,
    reference: shipment.reference,
    status,
    carrier: { scac: 'HLCU', name: 'Hapag-Lloyd' },
    origin: { unlocode: 'CNSHA', name: 'Shanghai' },
    destination: { unlocode: 'NLRTM', name: 'Rotterdam', timeZone: 'Europe/Amsterdam' },
    eta: { predictedAt: expect.stringMatching(/^\d{4}-/) as string, basis },
    emissions: { kgCo2e: expect.any(Number) as number },
    booking: { state: 'REQUESTED', containerCount: 1, total: { amount: '1250.50', currency: 'USD' } },
  };
}

type Update = ShipmentUpdatedSubscription;

/** Reports two events of the voyage and expects them, whole and in order, from a client's subscription. */
async function expectUpdates(subscribe: (next: (update: Update) => void) => () => void): Promise<void> {
  const updates: Update[] = [];
  const unsubscribe = subscribe((update) => void updates.push(update));
  try {
    await expectSubscriptions(1);
    const departed = transportEvent('DEPA', 'CNSHA', { ...shipment.link, eventDateTime: instant(-7) });
    const arriving = transportEvent('ARRI', 'NLRTM', {
      ...shipment.link,
      eventClassifierCode: 'EST',
      eventDateTime: instant(25),
    });
    await freight.report(departed);
    await expect.poll(() => updates.length, { message: 'updates', timeout: PATIENCE }).toBe(1);
    await freight.report(arriving);
    await expect.poll(() => updates.length, { message: 'updates', timeout: PATIENCE }).toBe(2);
    expect(updates.map(({ shipmentUpdated }) => shipmentUpdated)).toMatchObject([
      {
        event: { eventID: departed.eventID, eventTypeCode: 'DEPA', port: { name: 'Shanghai' } },
        shipment: { ...onScreen('IN_TRANSIT', 'DEPARTURE'), departure: { actual: instantOf(departed) } },
      },
      {
        event: { eventID: arriving.eventID, eventTypeCode: 'ARRI', port: { name: 'Rotterdam' } },
        shipment: onScreen('IN_TRANSIT', 'DEPARTURE'),
      },
    ]);
    expect(new Set(updates.map(({ shipmentUpdated }) => shipmentUpdated.cursor)).size).toBe(2);
  } finally {
    unsubscribe();
  }
  await expectSubscriptions(0);
}

async function expectSubscriptions(count: number): Promise<void> {
  const open = (): Promise<number> => system.metric('supercargo_live_subscriptions');
  await expect.poll(open, { message: 'open subscriptions', timeout: PATIENCE }).toBe(count);
}

function instantOf({ eventDateTime }: { eventDateTime: string }): string {
  return new Date(eventDateTime).toISOString();
}

describe('Apollo Client', () => {
  let client: ApolloClient;

  beforeAll(() => {
    const http = new HttpLink({ uri: system.graphqlUrl, headers: { authorization: `Bearer ${token}` } });
    const socket = new GraphQLWsLink(
      createClient({
        url: system.webSocketUrl,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
      }),
    );
    const isSubscription = ({ operationType }: ApolloLink.Operation): boolean =>
      operationType === OperationTypeNode.SUBSCRIPTION;
    client = new ApolloClient({
      link: ApolloLink.split(isSubscription, socket, http),
      cache: new InMemoryCache(),
    });
  });
  afterAll(() => client.stop());

  it('queries', async () => {
    const { data } = await client.query({ query: ShipmentDocument, variables: { id: shipment.id } });
    expect(data?.shipment).toMatchObject(onScreen('BOOKED', 'SCHEDULE'));
  });

  it('subscribes over WebSocket, and what it watches changes with each update', async () => {
    const watched: (string | undefined)[] = [];
    const watching = client
      .watchQuery({ query: ShipmentDocument, variables: { id: shipment.id } })
      .subscribe(({ data }) => watched.push((data as ShipmentQuery | undefined)?.shipment?.status));
    await expectUpdates((next) => {
      const subscription = client
        .subscribe({ query: ShipmentUpdatedDocument, variables: { id: shipment.id } })
        .subscribe(({ data }) => {
          if (data) next(data);
        });
      return () => subscription.unsubscribe();
    });
    watching.unsubscribe();
    expect(watched.at(-1)).toBe('IN_TRANSIT');
  });
});

describe('Apollo Client over HTTP alone', () => {
  it('subscribes in parts (multipart), with nothing but its HTTP link', async () => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: system.graphqlUrl, headers: { authorization: `Bearer ${token}` } }),
      cache: new InMemoryCache(),
    });
    await expectUpdates((next) => {
      const subscription = client
        .subscribe({ query: ShipmentUpdatedDocument, variables: { id: shipment.id } })
        .subscribe(({ data }) => {
          if (data) next(data);
        });
      return () => subscription.unsubscribe();
    });
    client.stop();
  });
});

describe('urql', () => {
  const overHttp = { authorization: () => ({ headers: { authorization: `Bearer ${token}` } }) };

  it('queries', async () => {
    const client = new UrqlClient({
      url: system.graphqlUrl,
      exchanges: [fetchExchange],
      fetchOptions: overHttp.authorization,
    });
    const { data, error } = await client.query(ShipmentDocument, { id: shipment.id });
    expect(error).toBeUndefined();
    expect(data?.shipment).toMatchObject(onScreen('BOOKED', 'SCHEDULE'));
  });

  it('subscribes over WebSocket', async () => {
    const socket = createClient({
      url: system.webSocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    const client = new UrqlClient({
      url: system.graphqlUrl,
      fetchOptions: overHttp.authorization,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription(request) {
            const input = { ...request, query: request.query ?? '' };
            return {
              subscribe(sink) {
                // The two packages' types agree but for `exactOptionalPropertyTypes`.
                return { unsubscribe: socket.subscribe(input, sink as Sink) };
              },
            };
          },
        }),
      ],
    });
    await expectUpdates((next) => urqlUpdates(client, next));
    await socket.dispose();
  });

  it('subscribes over HTTP', async () => {
    const client = new UrqlClient({
      url: system.graphqlUrl,
      fetchOptions: overHttp.authorization,
      fetchSubscriptions: true,
      exchanges: [fetchExchange],
    });
    await expectUpdates((next) => urqlUpdates(client, next));
  });

  function urqlUpdates(client: UrqlClient, next: (update: Update) => void): () => void {
    const { unsubscribe } = client
      .subscription(ShipmentUpdatedDocument, { id: shipment.id })
      .subscribe(({ data }) => {
        if (data) next(data);
      });
    return unsubscribe;
  }
});

describe("graphql-ws' own client", () => {
  it('queries and subscribes over one WebSocket', async () => {
    const client = createClient({
      url: system.webSocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    const variables = { id: shipment.id };
    for await (const { data, errors } of client.iterate<ShipmentQuery>({
      query: print(ShipmentDocument),
      variables,
    })) {
      expect(errors).toBeUndefined();
      expect(data?.shipment).toMatchObject(onScreen('BOOKED', 'SCHEDULE'));
    }
    await expectUpdates((next) =>
      client.subscribe<Update>(
        { query: print(ShipmentUpdatedDocument), variables },
        {
          next: ({ data }) => {
            if (data) next(data);
          },
          error: (error) => expect.unreachable(String(error)),
          complete: () => undefined,
        },
      ),
    );
    await client.dispose();
  });
});

describe('fetch alone', () => {
  it('reads Server-Sent Events of a subscription sent as a GET, as EventSource does', async () => {
    const url = new URL(system.graphqlUrl);
    url.searchParams.set('query', print(ShipmentUpdatedDocument));
    url.searchParams.set('variables', JSON.stringify({ id: shipment.id }));
    await expectUpdates((next) => {
      const leave = new AbortController();
      const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
      void fetch(url, { headers, signal: leave.signal })
        .then((response) => readEvents(response, next))
        .catch((error: unknown) => {
          if (!leave.signal.aborted) throw error;
        });
      return () => leave.abort();
    });
  });

  /** Calls back for every `next` event of the distinct connections mode of GraphQL over SSE. */
  async function readEvents(response: Response, next: (update: Update) => void): Promise<void> {
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^event: next\ndata: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) next((JSON.parse(data) as { data: Update }).data);
      }
    }
  }
});

describe('a screen', () => {
  it('reads the state with a cursor and misses nothing until it subscribes; others see that it watches', async () => {
    const state = await system.query<{ shipmentUpdatesCursor: string; shipment: { viewers: unknown } }>(
      `query ($id: ID!) { shipmentUpdatesCursor shipment(id: $id) { viewers { known viewers { subject } } } }`,
      { token, variables: { id: shipment.id } },
    );
    expect(state.errors).toBeUndefined();
    const missed = transportEvent('ARRI', 'NLRTM', {
      ...shipment.link,
      eventClassifierCode: 'EST',
      eventDateTime: instant(26),
    });
    await freight.report(missed);
    const received = await subscribe<{ data: { shipmentUpdated: { event: { eventID: string } | null } } }>(
      system.webSocketUrl,
      token,
      'subscription ($id: ID, $after: String) { shipmentUpdated(id: $id, after: $after) { event { eventID } } }',
      { id: shipment.id, after: state.data?.shipmentUpdatesCursor },
    );
    const viewers = await subscribe<{ data: { shipmentViewers: unknown } }>(
      system.webSocketUrl,
      token,
      'subscription ($id: ID!) { shipmentViewers(id: $id) { known count viewers { subject roles } } }',
      { id: shipment.id },
    );
    await expect
      .poll(() => received.values.map(({ data }) => data.shipmentUpdated.event?.eventID), {
        timeout: PATIENCE,
      })
      .toContain(missed.eventID);
    const watching = { subject: 'aurora-operations', roles: ['operations'] };
    await expect
      .poll(() => viewers.values.at(-1)?.data.shipmentViewers, { timeout: 2 * PATIENCE })
      .toEqual({ known: true, count: 1, viewers: [watching] });
    await received.stop();
    await expect
      .poll(() => viewers.values.at(-1)?.data.shipmentViewers, { timeout: PATIENCE })
      .toEqual({ known: true, count: 0, viewers: [] });
    await viewers.stop();
    await expectSubscriptions(0);
  });

  it('shows people something sensitive by one answer for all, and each of them is in the audit trail', async () => {
    const people = ['clients-anna', 'clients-ben', 'clients-cleo'];
    const open = await Promise.all(
      people.map(async (sub) =>
        subscribe<{ data: { shipmentUpdated: unknown } }>(
          system.webSocketUrl,
          await services.token('aurora-buyer', { sub }),
          'subscription ($id: ID) { shipmentUpdated(id: $id) { shipment { carrier { contacts { name } } } } }',
          { id: shipment.id },
        ),
      ),
    );
    await expectSubscriptions(3);
    expect(await system.metric('supercargo_live_groups')).toBe(1);
    for (const type of ['DEPA', 'ARRI'] as const) {
      await freight.report(transportEvent(type, 'CNSHA', { ...shipment.link, eventDateTime: instant(-7) }));
    }
    await expect
      .poll(() => Math.min(...open.map(({ values }) => values.length)), { timeout: PATIENCE })
      .toBeGreaterThanOrEqual(2);
    expect(open.map(({ values }) => values[0]?.data.shipmentUpdated)).toEqual(
      people.map(() => ({ shipment: { carrier: { contacts: expect.any(Array) as unknown } } })),
    );
    const owner = new pg.Pool({ connectionString: services.env.DATABASE_URL, max: 1 });
    closing.unshift(() => owner.end());
    const READERS = `
      SELECT DISTINCT content ->> 'subject' AS subject, content ->> 'rule' AS rule, content ->> 'service' AS service
      FROM (SELECT content::jsonb FROM audit.entry) AS entry
      WHERE content ->> 'kind' = 'READ' AND content ->> 'action' = 'Carrier.contacts' AND content ->> 'subject' LIKE 'clients-%'
      ORDER BY subject`;
    const readers = async (): Promise<{ subject: string; rule: string; service: string }[]> =>
      (await owner.query<{ subject: string; rule: string; service: string }>(READERS)).rows;
    await expect
      .poll(async () => (await readers()).map(({ subject }) => subject), { timeout: PATIENCE })
      .toEqual(people);
    const told = await readers();
    expect(told.map(({ service }) => service).sort()).toEqual(['gateway', 'gateway', 'procurement']);
    expect(new Set(told.map(({ rule }) => rule)).size).toBe(1);
    for (const { stop } of open) await stop();
    await expectSubscriptions(0);
  });
});
