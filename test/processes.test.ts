import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SubgraphName } from '#platform/config.ts';
import { transportEvent } from '#subgraphs/tracking/test/event-builders.ts';
import { runCommand, type Command } from './harness/command.ts';
import { instant, startFreight, type BookedShipment, type Freight } from './harness/freight.ts';
import { subscribe } from './harness/live.ts';
import {
  ask,
  startTestProcess,
  startTestServices,
  type GraphQLAnswer,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

const SUBGRAPH_TIMEOUT = 2_000;
const AT_ONCE = 3_000;
const START_LIMIT = 10_000;
const IN_PROCESS = ['procurement', 'tracking', 'eta'] as const;

const cleanUps: (() => Promise<unknown>)[] = [];
let services: TestServices;
/** Each serves one subgraph, as a process of a deployment does. */
let subgraphs: Record<(typeof IN_PROCESS)[number], TestProcess>;
/** The one that dies: a process of the operating system's. */
let carriers: Command;
let carriersUrl: string;
let gateways: readonly [TestProcess, TestProcess];
let token: string;
let freight: Freight;
let shipment: BookedShipment;

async function start(env: Readonly<Record<string, string>>): Promise<TestProcess> {
  const started = await startTestProcess(env);
  cleanUps.push(started.stop);
  return started;
}

function startCarriers(port: string): Command {
  const env = { ...services.env, ROLES: 'carriers', PORT: port, LOG_LEVEL: 'fatal' };
  return runCommand(process.execPath, ['--import', 'tsx', 'main.ts'], env);
}

beforeAll(async () => {
  services = await startTestServices();
  cleanUps.push(services.close);
  carriers = startCarriers('0');
  cleanUps.push(async () => {
    carriers.signal('SIGCONT');
    carriers.signal('SIGTERM');
    await carriers.ended;
  });
  const [[, url], ...started] = await Promise.all([
    carriers.line(/^ready (\S+)$/),
    ...IN_PROCESS.map((role) => start({ ...services.env, ROLES: role })),
  ]);
  carriersUrl = url as string;
  const [procurement, tracking, eta] = started as [TestProcess, TestProcess, TestProcess];
  subgraphs = { procurement, tracking, eta };
  const env = {
    ...services.env,
    ROLES: 'gateway',
    SUBGRAPH_CARRIERS_URL: carriersUrl,
    SUBGRAPH_PROCUREMENT_URL: procurement.graphqlUrl,
    SUBGRAPH_TRACKING_URL: tracking.graphqlUrl,
    SUBGRAPH_ETA_URL: eta.graphqlUrl,
    SUBGRAPH_TIMEOUT_MS: String(SUBGRAPH_TIMEOUT),
  };
  gateways = [await start(env), await start(env)];
  token = await services.token('aurora-operations');
  // The first of all operations may be too slow for that time-out.
  for (const gateway of gateways) {
    await vi.waitUntil(async () => !(await gateway.query(WARM_UP, { token })).errors, START_LIMIT);
  }
  // Commands go to the one gateway, events straight to the tracking subgraph, which has the door.
  freight = await startFreight(services, { ...gateways[0], origin: tracking.origin });
  shipment = await freight.ship();
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

const WARM_UP =
  '{ carriers(first: 1) { edges { cursor } } rfqs { edges { cursor } } shipments { edges { cursor } } }';

/** Something of each subgraph, under names of the client's own. */
const QUERY = /* GraphQL */ `
  query ($id: ID!) {
    mine: shipment(id: $id) {
      reference
      line: carrier {
        name
      }
      from: origin {
        name
      }
      eta {
        basis
      }
      booking {
        total {
          amount
        }
      }
    }
  }
`;

const whole = (): object => ({
  data: {
    mine: {
      reference: shipment.reference,
      line: { name: 'Hapag-Lloyd' },
      from: { name: 'Shanghai' },
      eta: { basis: expect.any(String) as string },
      booking: { total: { amount: '1250.50' } },
    },
  },
});

const UPDATES = /* GraphQL */ `
  subscription ($id: ID) {
    shipmentUpdated(id: $id) {
      event {
        eventID
      }
      shipment {
        reference
        line: carrier {
          name
        }
      }
    }
  }
`;

interface Update {
  readonly errors?: GraphQLAnswer<unknown>['errors'];
  readonly data: {
    readonly shipmentUpdated: {
      readonly event: { readonly eventID: string } | null;
      readonly shipment: { readonly reference: string; readonly line: { readonly name: string } | null };
    };
  };
}

const departure = (): ReturnType<typeof transportEvent> =>
  transportEvent('DEPA', 'CNSHA', { ...shipment.link, eventDateTime: instant(-7) });

const askBoth = (): Promise<GraphQLAnswer<Record<string, unknown>>[]> =>
  Promise.all(gateways.map((gateway) => gateway.query(QUERY, { token, variables: { id: shipment.id } })));

const readiness = (origins: readonly string[]): Promise<number[]> =>
  Promise.all(origins.map(async (origin) => (await fetch(`${origin}/readyz`)).status));

const gatewaysReady = (): Promise<number[]> => readiness(gateways.map(({ origin }) => origin));

describe('a system of many processes', () => {
  it('answers a query over four subgraphs at every gateway', async () => {
    expect(await askBoth()).toEqual([whole(), whole()]);
    expect(await gatewaysReady()).toEqual([200, 200]);
  });

  it('delivers one event, once, to the subscribers of every gateway', async () => {
    const received = await Promise.all(
      gateways.map(({ webSocketUrl }) =>
        subscribe<Update>(webSocketUrl, token, UPDATES, { id: shipment.id }),
      ),
    );
    for (const gateway of gateways) {
      await expect.poll(() => gateway.metric('supercargo_live_subscriptions')).toBe(1);
    }
    const events = [departure(), departure()];
    for (const event of events) await freight.report(event);
    for (const updates of received) {
      await updates.atLeast(events.length);
      expect(updates.values).toEqual(
        events.map(({ eventID }) => ({
          data: {
            shipmentUpdated: {
              event: { eventID },
              shipment: { reference: shipment.reference, line: { name: 'Hapag-Lloyd' } },
            },
          },
        })),
      );
      await updates.stop();
    }
  });
});

describe('without one of its processes', () => {
  /** What needs it is null and said to be UNAVAILABLE, in the client's words and in time; the rest is there. */
  async function expectPartial(limit: number): Promise<void> {
    const begun = performance.now();
    const answers = await askBoth();
    expect(performance.now() - begun).toBeLessThan(limit);
    for (const { data, errors = [] } of answers) {
      expect(data).toMatchObject({
        mine: {
          reference: shipment.reference,
          line: null,
          from: null,
          booking: { total: { amount: '1250.50' } },
        },
      });
      expect(new Set(errors.map(({ extensions }) => extensions?.code))).toEqual(new Set(['UNAVAILABLE']));
      const paths = errors.map(({ path }) => path?.join('.'));
      // The third stands for what the prediction lacks, which nobody has asked for by name.
      expect(paths.sort()).toEqual(['mine', 'mine.from.name', 'mine.line.name']);
    }
  }

  it('killed, the answer is partial, and so is an update; started again, everything is back', async () => {
    const updates = await subscribe<Update>(gateways[1].webSocketUrl, token, UPDATES, { id: shipment.id });
    await expect.poll(() => gateways[1].metric('supercargo_live_subscriptions')).toBe(1);
    carriers.signal('SIGKILL');
    await carriers.ended;
    await expectPartial(AT_ONCE);
    expect(await gatewaysReady()).toEqual([503, 503]);
    expect(await readiness(Object.values(subgraphs).map(({ origin }) => origin))).toEqual([200, 200, 200]);
    const event = departure();
    await freight.report(event);
    await updates.atLeast(1);
    expect(updates.values).toMatchObject([
      {
        data: {
          shipmentUpdated: {
            event: { eventID: event.eventID },
            shipment: { reference: shipment.reference, line: null },
          },
        },
        errors: [
          { path: ['shipmentUpdated', 'shipment', 'line', 'name'], extensions: { code: 'UNAVAILABLE' } },
        ],
      },
    ]);

    carriers = startCarriers(new URL(carriersUrl).port);
    await carriers.line(/^ready /);
    await expect.poll(gatewaysReady).toEqual([200, 200]);
    expect(await askBoth()).toEqual([whole(), whole()]);
    await freight.report(departure());
    await updates.atLeast(2);
    expect(updates.values[1]).toMatchObject({
      data: { shipmentUpdated: { shipment: { line: { name: 'Hapag-Lloyd' } } } },
    });
    await updates.stop();
  });

  it('frozen, the same within the time-out', async () => {
    carriers.signal('SIGSTOP');
    await expectPartial(SUBGRAPH_TIMEOUT + AT_ONCE);
    expect(await gatewaysReady()).toEqual([503, 503]);
    carriers.signal('SIGCONT');
    await expect.poll(gatewaysReady).toEqual([200, 200]);
    expect(await askBoth()).toEqual([whole(), whole()]);
  });
});

describe('a subgraph that is asked directly', () => {
  const url = (name: SubgraphName): string =>
    name === 'carriers' ? carriersUrl : subgraphs[name].graphqlUrl;
  const QUERIES: Readonly<Record<SubgraphName, string>> = {
    carriers: '{ carrier(scac: "HLCU") { name } }',
    procurement: '{ rfqs { edges { cursor } } }',
    tracking: '{ shipments { edges { cursor } } }',
    eta: '{ _entities(representations: []) { __typename } }',
  };
  /** What careless systems take for an identity. */
  const IDENTITY = {
    'x-user': 'aurora-admin',
    'x-user-id': 'aurora-admin',
    'x-tenant': '0a000000-0000-4000-8000-00000000000a',
    'x-tenant-id': '0a000000-0000-4000-8000-00000000000a',
    'x-roles': 'admin',
    'x-forwarded-user': 'aurora-admin',
    'x-supercargo-caller': '{"tenant":"0a000000-0000-4000-8000-00000000000a"}',
    cookie: 'token=aurora-admin',
  };

  async function post(
    name: SubgraphName,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(url(name), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: QUERIES[name] }),
    });
    return { status: response.status, body: await response.json() };
  }

  it.each(['carriers', 'procurement', 'tracking', 'eta'] as const)(
    'answers nobody without a token: %s',
    async (name) => {
      const [head, claims] = token.split('.');
      const expired = await services.token('aurora-admin', {}, -120);
      const refused = [
        {},
        IDENTITY,
        { authorization: 'Basic YXVyb3JhLWFkbWluOg==' },
        { ...IDENTITY, authorization: `Bearer ${head}.${claims}.` },
        { authorization: `Bearer ${expired}` },
      ];
      for (const headers of refused) {
        expect(await post(name, headers)).toEqual({
          status: 401,
          body: {
            errors: [
              { message: 'A valid bearer token is required.', extensions: { code: 'UNAUTHENTICATED' } },
            ],
          },
        });
      }
      const { data, errors } = await ask(url(name), QUERIES[name], {}, token);
      expect({ data, errors }).toEqual({ data: expect.anything() as object, errors: undefined });
    },
  );

  it("does not take another tenant's word from a header either", async () => {
    const stranger = await services.token('borealis-operations');
    const headers = { ...IDENTITY, authorization: `Bearer ${stranger}` };
    const { body } = await post('tracking', headers);
    expect(body).toEqual({ data: { shipments: { edges: [] } } });
  });
});
