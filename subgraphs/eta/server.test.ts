import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { createTokenVerifier } from '#platform/auth/token-verifier.ts';
import { readConfig } from '#platform/config.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';

import { startEta } from './server.ts';

const HOUR = 3_600_000;
const SHANGHAI = { unlocode: 'CNSHA', coordinates: { latitude: 31.23, longitude: 121.47 } };
const SINGAPORE = { unlocode: 'SGSIN', coordinates: { latitude: 1.28, longitude: 103.85 } };
const ROTTERDAM = { unlocode: 'NLRTM', coordinates: { latitude: 51.92, longitude: 4.5 } };
const LOS_ANGELES = { unlocode: 'USLAX', coordinates: { latitude: 33.73, longitude: -118.26 } };
const UNKNOWN = { planned: null, estimated: null, actual: null };

const hoursFromNow = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

/** A shipment as a gateway sends it, on its way over the Pacific. */
const pacific = (facts: Record<string, unknown> = {}) => ({
  __typename: 'Shipment',
  id: '0198c0de-0000-7000-8000-000000000001',
  status: 'IN_TRANSIT',
  origin: SHANGHAI,
  destination: LOS_ANGELES,
  vessel: { imo: '9074729', serviceSpeedKnots: 18 },
  position: { latitude: 40, longitude: 180, observedAt: hoursFromNow(-1), speedKnots: 18 },
  departure: { ...UNKNOWN, actual: hoursFromNow(-150) },
  arrival: { ...UNKNOWN, planned: hoursFromNow(140), estimated: hoursFromNow(150) },
  transportCalls: [],
  containers: [{ isoEquipmentCode: '45G1', cargoWeightKg: 18_000 }],
  ...facts,
});

const QUERY = /* GraphQL */ `
  query ($representations: [_Any!]!) {
    _entities(representations: $representations) {
      ... on Shipment {
        id
        eta {
          predictedAt
          p10
          p50
          p90
          carrierEstimate
          basis
          remainingNauticalMiles
          speedKnots
          computedAt
        }
        emissions {
          kgCo2e
          factorSet
          factorSetVersion
          distanceKm
          cargoTonnes
          teu
        }
      }
    }
  }
`;

interface Answer {
  data?: { _entities: ShipmentAnswer[]; _service: { sdl: string } } | null;
  errors?: { message: string; path: (string | number)[]; extensions: { code: string } }[];
}

interface ShipmentAnswer {
  id: string;
  eta: {
    predictedAt: string;
    p10: string;
    p50: string;
    p90: string;
    carrierEstimate: string | null;
    basis: string;
    remainingNauticalMiles: number | null;
    speedKnots: number | null;
    computedAt: string;
  } | null;
  emissions: { kgCo2e: number; distanceKm: number } | null;
  position?: unknown;
}

let directory: string;
let service: Service;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supercargo-eta-'));
  const config = readConfig({ DATA_DIR: directory, ROLES: 'eta' }, directory);
  const absent = (): never => {
    throw new Error('this subgraph needs no store');
  };
  const platform: Platform = {
    config,
    log: createLog('silent'),
    metrics: createMetrics(false),
    audit: { record: () => undefined },
    verifier: await createTokenVerifier(config.auth, directory),
    redis: absent,
    cache: absent,
    openDatabase: absent,
  };
  service = await startEta(platform);
  const viewer = PERSONAS.find(({ name }) => name === 'aurora-viewer');
  if (!viewer) throw new Error('there is no persona aurora-viewer');
  token = await issueDevelopmentToken(config.auth, directory, personaClaims(viewer), 600);
});

afterAll(async () => {
  await service.close();
  await rm(directory, { recursive: true, force: true });
});

async function execute(query: string, variables: unknown, authorization = `Bearer ${token}`) {
  const response = await service.graphql(
    new Request('http://eta/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify({ query, variables }),
    }),
  );
  return { status: response.status, body: (await response.json()) as Answer };
}

const entities = (...representations: unknown[]) => execute(QUERY, { representations });
const codes = ({ body }: { body: Answer }) => (body.errors ?? []).map(({ extensions }) => extensions.code);

/** What was answered for shipments, without any error. */
async function shipments(...representations: unknown[]): Promise<ShipmentAnswer[]> {
  const { body } = await entities(...representations);
  expect(body.errors).toBeUndefined();
  return body.data?._entities ?? [];
}

/** What was answered for one shipment of which enough is known. */
async function shipment(representation: unknown) {
  const [answer] = await shipments(representation);
  if (!answer?.eta || !answer.emissions)
    throw new Error(`too little was answered: ${JSON.stringify(answer)}`);
  return { ...answer, eta: answer.eta, emissions: answer.emissions };
}

describe('the eta subgraph', () => {
  it('predicts the arrival of a ship that sails over the antimeridian', async () => {
    const { id, eta } = await shipment(pacific());
    expect(id).toBe(pacific().id);
    expect(eta.basis).toBe('POSITION');
    expect(eta.speedKnots).toBeGreaterThan(16);
    expect(eta.speedKnots).toBeLessThanOrEqual(18);
    expect(eta.remainingNauticalMiles).toBeGreaterThan(2_700);
    expect(eta.remainingNauticalMiles).toBeLessThan(3_100);
    expect(eta.predictedAt).toBe(eta.p50);
    const hours = (Date.parse(eta.p50) - Date.now()) / HOUR;
    const reckoned = Number(eta.remainingNauticalMiles) / Number(eta.speedKnots) - 1;
    expect(hours).toBeCloseTo(reckoned + (168 / (168 + 150)) * (150 - reckoned), 0);
    expect(Date.parse(eta.p10)).toBeLessThan(Date.parse(eta.p50));
    expect(Date.parse(eta.p90)).toBeGreaterThan(Date.parse(eta.p50));
    expect(Date.parse(eta.computedAt)).toBeGreaterThan(Date.now() - 10_000);
    expect(eta.carrierEstimate).toMatch(/^20.*Z$/);
  });

  it('tells the emissions of the whole journey with the factors used', async () => {
    const { emissions } = await shipment(pacific());
    expect(emissions).toMatchObject({
      factorSet: 'GLEC Framework default values, container ships (Clean Cargo)',
      factorSetVersion: '2.0 (July 2022)',
      cargoTonnes: null,
      teu: 2.25,
    });
    expect(emissions.distanceKm / 1.852).toBeGreaterThan(5_700);
    expect(emissions.distanceKm / 1.852).toBeLessThan(6_200);
    expect(emissions.kgCo2e).toBeCloseTo(emissions.distanceKm * 2.25 * 0.076, 0);
  });

  it('goes by the calls of a journey with a transshipment', async () => {
    const estimated = hoursFromNow(700);
    const transportCalls = [
      {
        sequence: 3,
        modeOfTransport: 'VESSEL',
        port: ROTTERDAM,
        arrival: { ...UNKNOWN, estimated },
        departure: UNKNOWN,
      },
      {
        sequence: 1,
        modeOfTransport: 'VESSEL',
        port: SHANGHAI,
        arrival: UNKNOWN,
        departure: { ...UNKNOWN, actual: hoursFromNow(-200) },
      },
      {
        sequence: 2,
        modeOfTransport: 'VESSEL',
        port: SINGAPORE,
        arrival: { ...UNKNOWN, actual: hoursFromNow(-50) },
        departure: { ...UNKNOWN, planned: hoursFromNow(20) },
      },
    ];
    const { eta, emissions } = await shipment(
      pacific({
        status: 'AT_TRANSSHIPMENT',
        destination: ROTTERDAM,
        transportCalls,
        departure: UNKNOWN,
        arrival: UNKNOWN,
      }),
    );
    expect(eta.basis).toBe('DEPARTURE');
    expect(eta.carrierEstimate).toBe(estimated);
    const hours = (Date.parse(eta.p50) - Date.now()) / HOUR;
    const reckoned = 20 + Number(eta.remainingNauticalMiles) / 16;
    expect(hours).toBeCloseTo(reckoned + (168 / (168 + 700)) * (700 - reckoned), 0);
    expect(emissions.distanceKm / 1.852).toBeGreaterThan(10_300);
  });

  it('leaves legs by road, rail and barge out of the way by sea', async () => {
    const inland = (modeOfTransport: string, sequence: number) => ({
      sequence,
      modeOfTransport,
      port: SINGAPORE,
      arrival: UNKNOWN,
      departure: UNKNOWN,
    });
    const calls = (...transportCalls: unknown[]) => shipment(pacific({ transportCalls }));
    const direct = await calls();
    const carried = await calls(inland('TRUCK', 1), inland('RAIL', 2), inland('BARGE', 3));
    expect(carried.eta.remainingNauticalMiles).toBe(direct.eta.remainingNauticalMiles);
    expect(carried.emissions).toEqual(direct.emissions);
    const shipped = await calls(inland('VESSEL', 1));
    expect(shipped.emissions.distanceKm).toBeGreaterThan(direct.emissions.distanceKm);
  });

  it('answers null where too little is known, and does not fail', async () => {
    const bare = { __typename: 'Shipment', id: 'x', status: 'BOOKED', transportCalls: [], containers: [] };
    const cancelled = pacific({ status: 'CANCELLED', containers: [] });
    const placeless = pacific({
      origin: null,
      destination: { unlocode: 'USLAX', coordinates: null },
      arrival: null,
    });
    const answers = await shipments(bare, cancelled, placeless);
    expect(answers.map(({ eta, emissions }) => [eta, emissions])).toEqual(Array(3).fill([null, null]));
  });

  it('names what is wrong with a fact, and answers for the other shipments', async () => {
    const position = { latitude: 95, longitude: 0, observedAt: hoursFromNow(0), speedKnots: 1 };
    const result = await entities(
      pacific(),
      pacific({ position }),
      pacific({ arrival: { ...UNKNOWN, planned: 'soon' } }),
      pacific({ status: 'LOST' }),
    );
    expect(codes(result)).toEqual(Array(4).fill('BAD_USER_INPUT')); // an arrival that can't be read spoils emissions too
    const messages = result.body.errors?.map(({ message }) => message).join('\n');
    expect(messages).toMatch(/position .*95/);
    expect(messages).toMatch(/arrival.planned .*soon/);
    expect(messages).toMatch(/status .*LOST/);
    expect(result.body.data?._entities.map(({ eta }) => eta !== null)).toEqual([true, false, false, false]);
  });

  it('refuses callers without a valid token, and computes nothing for them', async () => {
    for (const authorization of ['', 'Bearer nonsense', `Bearer ${token.slice(0, -4)}AAAA`]) {
      const result = await execute(QUERY, { representations: [pacific()] }, authorization);
      expect(result.status).toBe(401);
      expect(codes(result)).toEqual(['UNAUTHENTICATED']);
      expect(result.body.data ?? null).toBeNull();
    }
  });

  it('shows its schema to a gateway, and denies the facts of other subgraphs', async () => {
    const { body } = await execute('{ _service { sdl } }', {}, '');
    expect(body.data?._service.sdl).toContain('type EtaPrediction');
    const external = await execute(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Shipment { id position { latitude } } } }',
      { r: [pacific()] },
    );
    expect(codes(external)).toEqual(['FORBIDDEN']);
    expect(external.body.data?._entities[0]?.position).toBeNull();
  });

  it('answers for a page of 100 shipments at once in little time', async () => {
    const page = (longitude: number) =>
      Array.from({ length: 100 }, (_, index) =>
        pacific({
          id: String(index),
          destination: [LOS_ANGELES, ROTTERDAM, SINGAPORE][index % 3],
          position: {
            latitude: 40,
            longitude: longitude + index / 5,
            observedAt: hoursFromNow(-1),
            speedKnots: 17,
          },
        }),
      );
    await entities(...page(150));
    const times: number[] = [];
    for (const longitude of [155, 160, 165, 170, 175]) {
      const representations = page(longitude);
      const before = process.cpuUsage();
      const answers = await shipments(...representations);
      const { user, system } = process.cpuUsage(before); // not elapsed time, which others on the machine share
      times.push((user + system) / 1000);
      expect(answers.map(({ eta }) => eta?.basis)).toEqual(Array(100).fill('POSITION'));
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
