import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import type { Database } from '#platform/database/database.ts';
import { LiveReader } from '#platform/live-events.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import type { Service } from '#platform/service.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import type { TestPlatform } from '#test/harness/platform.ts';
import type { EventResult } from '../ingestion/accept-events.ts';
import { ALL_STREAMS } from '../ingestion/event-stream.ts';
import { INGESTION_PATH } from '../ingestion/door.ts';
import { startTracking } from '../server.ts';
import { startWorker } from '../worker/worker.ts';
import { DESTINATION, ORIGIN } from './event-builders.ts';

export interface Answer {
  readonly data?: Record<string, never> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: { readonly code?: string; readonly faults?: readonly { readonly field: string }[] };
  }[];
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly accepted: number;
    readonly duplicate: number;
    readonly refused: number;
    readonly results: readonly EventResult[];
    readonly error?: string;
  };
}

/** The subgraph over a database and a Redis of its own. */
export interface Tracking {
  readonly platform: TestPlatform;
  /** The subgraph's rows, those of all tenants. */
  readonly database: Database;
  /** Asks the graph; takes turns between two instances of the subgraph, as two processes would answer. */
  ask(persona: string, document: string, variables?: object): Promise<Answer>;
  /** The data of an answer without errors. */
  data<T>(persona: string, document: string, variables?: object): Promise<T>;
  /** Posts a body as JSON at a door, by turns as `ask`, and waits until what was accepted is applied. */
  post(persona: string, body: unknown, path?: string): Promise<Posted>;
  /** Waits until everything that was accepted is applied. */
  settled(): Promise<void>;
  /** Sends any request to a door. */
  knock(init: RequestInit, service?: number, path?: string): Promise<Response>;
  /** Creates a shipment of Aurora's from Shanghai to Rotterdam with HLCU; returns its id. */
  createShipment(input?: Record<string, unknown>, persona?: string): Promise<string>;
  /** What has been published about a shipment, in order, once there are so many updates. */
  updatesOf(shipmentId: string, count: number): Promise<LiveEnvelope[]>;
  close(): Promise<void>;
}

const CREATE = /* GraphQL */ `
  mutation ($input: CreateShipmentInput!, $key: String!) {
    createShipment(input: $input, idempotencyKey: $key) {
      __typename
      ... on ShipmentCreated {
        shipment {
          id
        }
      }
    }
  }
`;

/** @param env settings that differ from the defaults */
export async function startTestTracking(env: Readonly<Record<string, string>> = {}): Promise<Tracking> {
  const platform = await startTestPlatform(env);
  const services: Service[] = [await startTracking(platform), await startTracking(platform)];
  const workers = [await startWorker(platform), await startWorker(platform)];
  const database = platform.openDatabase('ingestion', 'test');
  const published: LiveEnvelope[] = [];
  const listener = new Redis(platform.redisUrl);
  await listener.psubscribe('live:shipment:*');
  const reader = new LiveReader();
  listener.on('pmessage', (_pattern, _channel, text: string) => {
    published.push(...(reader.read(text) ?? []));
  });
  const redis = new Redis(platform.redisUrl);
  const settled = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const lengths = await Promise.all(ALL_STREAMS.map((key) => redis.xlen(key)));
        expect(lengths.reduce((sum, length) => sum + length)).toBe(0);
      },
      { timeout: 10_000, interval: 5 },
    );
  let turn = 0;
  const next = () => services[turn++ % services.length] as Service;

  const ask: Tracking['ask'] = async (persona, query, variables = {}) => {
    const response = await next().graphql(
      new Request('http://tracking.test/graphql', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await platform.token(persona)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ query, variables }),
      }),
    );
    return (await response.json()) as Answer;
  };
  const data = async <T>(persona: string, query: string, variables?: object): Promise<T> => {
    const answer = await ask(persona, query, variables);
    expect(answer.errors).toBeUndefined();
    return answer.data as T;
  };
  const knock: Tracking['knock'] = async (init, index, path = INGESTION_PATH) => {
    const service = index === undefined ? next() : (services[index] as Service);
    const door = service.routes[path];
    if (door === undefined) throw new Error('the subgraph has no ingestion door');
    return door(new Request(`http://tracking.test${path}`, init));
  };
  return {
    platform,
    database,
    ask,
    data,
    knock,
    post: async (persona, body, path) => {
      const init = {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await platform.token(persona)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      };
      const response = await knock(init, undefined, path);
      const posted = {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Posted['body'],
      };
      if (response.status === 202) await settled();
      return posted;
    },
    settled,
    createShipment: async (input = {}, persona = 'aurora-operations') => {
      const variables = {
        key: randomUUID(),
        input: {
          reference: `PO-${randomUUID()}`,
          carrierScac: 'HLCU',
          origin: ORIGIN,
          destination: DESTINATION,
          ...input,
        },
      };
      const result = await data<{ createShipment: { shipment: { id: string } } }>(persona, CREATE, variables);
      return result.createShipment.shipment.id;
    },
    updatesOf: (shipmentId, count) =>
      vi.waitFor(
        () => {
          const updates = published.filter(({ match }) => match.id === shipmentId);
          expect(updates.length).toBeGreaterThanOrEqual(count);
          return updates;
        },
        { timeout: 5_000 },
      ),
    close: async () => {
      listener.disconnect();
      redis.disconnect();
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all(services.map((service) => service.close()));
      await database.close();
      await platform.close();
    },
  };
}
