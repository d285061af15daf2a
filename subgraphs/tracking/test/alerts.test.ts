import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Database } from '#platform/database/database.ts';
import { LiveReader } from '#platform/live-events.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import type { TestPlatform } from '#test/harness/platform.ts';
import { MAX_RULES } from '../alerts/change-rules.ts';
import { evaluateDue } from '../alerts/evaluator.ts';
import { createAlertWatch } from '../alerts/watch.ts';
import { onClient } from '../ingestion/statements.ts';
import type { ShipmentMove } from '../positions/shipment-moves.ts';
import { createLiveUpdates } from '../live-updates.ts';
import { ORIGIN, day, ofBooking, transportEvent } from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

const OPERATIONS = 'aurora-operations';

let tracking: Tracking;
let redis: Redis;
const published: LiveEnvelope[] = [];
beforeAll(async () => {
  tracking = await startTestTracking();
  redis = new Redis(tracking.platform.redisUrl);
  await redis.psubscribe('live:alert:*');
  const reader = new LiveReader();
  redis.on('pmessage', (_pattern, _channel, text: string) => {
    published.push(...(reader.read(text) ?? []));
  });
});
afterAll(async () => {
  redis.disconnect();
  await tracking.close();
});

const CREATE_RULE = /* GraphQL */ `
  mutation ($input: AlertRuleInput!, $key: String!) {
    createAlertRule(input: $input, idempotencyKey: $key) {
      __typename
      ... on AlertRuleCreated {
        rule {
          id
        }
      }
      ... on TooManyAlertRules {
        limit
      }
    }
  }
`;
const UPDATE_RULE = /* GraphQL */ `
  mutation ($id: ID!, $input: AlertRuleInput!, $key: String!) {
    updateAlertRule(id: $id, input: $input, idempotencyKey: $key) {
      name
      isEnabled
    }
  }
`;
const DELETE_RULE = /* GraphQL */ `
  mutation ($id: ID!, $key: String!) {
    deleteAlertRule(id: $id, idempotencyKey: $key) {
      deletedAt
    }
  }
`;
const ACKNOWLEDGE = /* GraphQL */ `
  mutation ($id: ID!, $key: String!) {
    acknowledgeAlert(id: $id, idempotencyKey: $key) {
      state
      acknowledgedBy
    }
  }
`;
const SNOOZE = /* GraphQL */ `
  mutation ($id: ID!, $until: DateTime!, $key: String!) {
    snoozeAlert(id: $id, until: $until, idempotencyKey: $key) {
      snoozedUntil
      snoozedBy
    }
  }
`;
const ALERTS = /* GraphQL */ `
  query ($filter: AlertFilter, $first: Int! = 50, $after: String) {
    alerts(filter: $filter, first: $first, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          state
          kind
          nature
          severity
          episode
          summary
          ending
          snoozedUntil
          rule {
            id
            name
          }
          shipment {
            id
          }
          events {
            eventID
          }
          reason {
            __typename
            ... on MilestoneMissingReason {
              code
              expected
              hours
            }
            ... on AreaReason {
              direction
              unLocationCode
              latitude
            }
          }
        }
      }
    }
  }
`;

interface AlertNode {
  readonly id: string;
  readonly state: string;
  readonly rule: { readonly id: string };
  readonly events: readonly { readonly eventID: string }[];
}

const scopeOf = (shipmentId: string) => ({ shipmentIds: [shipmentId] });
const enters = (ports: readonly string[]) => ({ area: { ports, direction: 'BOTH' } });
const missing = (hours = 24) => ({ milestoneMissing: { hours, codes: ['DEPARTED'] } });

async function createRule(condition: object, scope: object | null = null, who = OPERATIONS): Promise<string> {
  const variables = { key: randomUUID(), input: { name: 'A rule', condition, scope } };
  const data = await tracking.data<{ createAlertRule: { rule: { id: string } } }>(
    who,
    CREATE_RULE,
    variables,
  );
  return data.createAlertRule.rule.id;
}

async function alerts(filter: object, who = OPERATIONS): Promise<AlertNode[]> {
  const data = await tracking.data<{ alerts: { edges: { node: AlertNode }[] } }>(who, ALERTS, { filter });
  return data.alerts.edges.map(({ node }) => node);
}

/** The alerts of a rule, as soon as they are as expected. */
async function alertsBecome(ruleId: string, expected: readonly object[]): Promise<AlertNode[]> {
  return vi.waitFor(
    async () => {
      const found = await alerts({ ruleId });
      expect(found).toMatchObject(expected);
      return found;
    },
    { timeout: 8_000, interval: 20 },
  );
}

const toldOf = (ruleId: string) =>
  published.filter(({ match }) => match.ruleId === ruleId).map(({ data }) => data.change);

const codeOf = async (persona: string, document: string, variables: object = {}) =>
  (await tracking.ask(persona, document, variables)).errors?.[0]?.extensions.code;

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

describe('a rule', () => {
  test('raises an alert for what lasts already, and closes it when the event comes in', async () => {
    const reference = `B${randomUUID().slice(0, 18)}`;
    const id = await tracking.createShipment({
      carrierBookingReference: reference,
      plannedDeparture: daysAgo(1.5),
    });
    const ruleId = await createRule(missing(), scopeOf(id));
    const [alert] = await alertsBecome(ruleId, [
      {
        state: 'OPEN',
        kind: 'MILESTONE_MISSING',
        nature: 'MONITORING',
        severity: 'WARNING',
        episode: 1,
        rule: { id: ruleId, name: 'A rule' },
        shipment: { id },
        events: [],
        reason: { __typename: 'MilestoneMissingReason', code: 'DEPARTED', hours: 24 },
      },
    ]);
    const until = new Date(Date.now() + 1_000).toISOString();
    const snooze = { id: alert?.id, until, key: randomUUID() };
    expect(await tracking.data(OPERATIONS, SNOOZE, snooze)).toEqual({
      snoozeAlert: { snoozedUntil: until, snoozedBy: OPERATIONS },
    });
    await vi.waitFor(() => expect(toldOf(ruleId)).toEqual(['RAISED', 'SNOOZED', 'REMINDED']), 5_000);
    const key = randomUUID();
    for (const _ of [1, 2]) {
      const answer = await tracking.data(OPERATIONS, ACKNOWLEDGE, { id: alert?.id, key });
      expect(answer).toEqual({ acknowledgeAlert: { state: 'OPEN', acknowledgedBy: OPERATIONS } });
    }
    expect(await alerts({ ruleId, isAcknowledged: false })).toEqual([]);
    await tracking.post('integration', [
      transportEvent('DEPA', ORIGIN, { ...ofBooking(reference), eventDateTime: daysAgo(0.2) }),
    ]);
    await alertsBecome(ruleId, [
      { id: alert?.id, state: 'CLOSED', ending: expect.stringContaining('happened') as string },
    ]);
    const told = ['RAISED', 'SNOOZED', 'REMINDED', 'ACKNOWLEDGED', 'CLOSED'];
    await vi.waitFor(() => expect(toldOf(ruleId)).toEqual(told));
    const tooLate = { id: alert?.id, key: randomUUID(), until: new Date(Date.now() + 60_000).toISOString() };
    expect(await tracking.data(OPERATIONS, SNOOZE, tooLate)).toEqual({
      snoozeAlert: { snoozedUntil: null, snoozedBy: null },
    });
    expect(published.find(({ match }) => match.ruleId === ruleId)).toMatchObject({
      topic: 'alert',
      match: { ruleId, shipmentId: id },
      data: { change: 'RAISED', alert: { __typename: 'Alert', id: alert?.id } },
    });
  });

  test('tells facts once, with their events, and withdraws them with these', async () => {
    const reference = `B${randomUUID().slice(0, 18)}`;
    const id = await tracking.createShipment({ carrierBookingReference: reference });
    const ruleId = await createRule(enters([ORIGIN]), scopeOf(id));
    const event = transportEvent('DEPA', ORIGIN, { ...ofBooking(reference), eventDateTime: day(3) });
    await tracking.post('integration', [event, event]);
    const [alert] = await alertsBecome(ruleId, [
      {
        state: 'OPEN',
        nature: 'FACT',
        severity: 'INFO',
        events: [{ eventID: event.eventID }],
        reason: { direction: 'LEAVES', unLocationCode: ORIGIN },
      },
    ]);
    const shipment = await tracking.data(
      'aurora-viewer',
      `query ($id: ID!) { shipment(id: $id) { alerts(first: 5, states: [OPEN]) { edges { node { id } } } } }`,
      { id },
    );
    expect(shipment).toEqual({ shipment: { alerts: { edges: [{ node: { id: alert?.id } }] } } });
    await tracking.data(OPERATIONS, ACKNOWLEDGE, { id: alert?.id, key: randomUUID() });
    await tracking.post('integration', [
      { ...event, eventUpdatedDateTime: '2026-05-20T00:00:00Z', isRetracted: true },
    ]);
    await alertsBecome(ruleId, [
      { state: 'WITHDRAWN', ending: expect.stringContaining('withdrawn') as string },
    ]);
    await vi.waitFor(() => expect(toldOf(ruleId)).toEqual(['RAISED', 'ACKNOWLEDGED', 'WITHDRAWN']));
  });

  test('can be changed, switched off and deleted; its alerts are closed', async () => {
    const id = await tracking.createShipment({ plannedDeparture: daysAgo(3) });
    const input = { name: 'Late', condition: missing(), scope: scopeOf(id) };
    const ruleId = await createRule(missing(), scopeOf(id));
    await alertsBecome(ruleId, [{ state: 'OPEN', severity: 'CRITICAL' }]);
    const update = (changes: object) =>
      tracking.data(OPERATIONS, UPDATE_RULE, {
        id: ruleId,
        key: randomUUID(),
        input: { ...input, ...changes },
      });
    await update({ condition: missing(1_000) });
    await alertsBecome(ruleId, [{ state: 'CLOSED', rule: { name: 'Late' } }]);
    await update({});
    await alertsBecome(ruleId, [{ state: 'OPEN', episode: 2 }, { state: 'CLOSED' }]);
    await update({ isEnabled: false });
    await alertsBecome(ruleId, [{ state: 'CLOSED' }, { state: 'CLOSED' }]);
    await update({ isEnabled: true });
    await alertsBecome(ruleId, [{ state: 'OPEN', episode: 3 }, {}, {}]);
    const key = randomUUID();
    for (const _ of [1, 2]) {
      expect(await tracking.data(OPERATIONS, DELETE_RULE, { id: ruleId, key })).toMatchObject({
        deleteAlertRule: { deletedAt: expect.any(String) as string },
      });
    }
    await alertsBecome(ruleId, [{ state: 'CLOSED', rule: { id: ruleId } }, {}, {}]);
    const gone = { id: ruleId, key: randomUUID(), input };
    expect(await codeOf(OPERATIONS, UPDATE_RULE, gone)).toBe('NOT_FOUND');
  });

  test('is checked, and every fault is named', async () => {
    const faultsOf = async (input: object) => {
      const answer = await tracking.ask(OPERATIONS, CREATE_RULE, { key: randomUUID(), input });
      expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
      return answer.errors?.[0]?.extensions.faults?.map(({ field }) => field);
    };
    const noSignal = { hours: 0 };
    expect(await faultsOf({ name: '', condition: {} })).toEqual(['input.name', 'input.condition']);
    expect(await faultsOf({ name: 'x', condition: { noSignal, dwell: { hours: 1 } } })).toEqual([
      'input.condition',
    ]);
    expect(
      await faultsOf({
        name: ' x',
        condition: { noSignal },
        scope: { origins: ['nowhere'], carrierScacs: ['1'], shipmentIds: ['x'] },
      }),
    ).toEqual([
      'input.name',
      'input.condition.noSignal.hours',
      'input.scope.carrierScacs[0]',
      'input.scope.origins[0]',
      'input.scope.shipmentIds[0]',
    ]);
    const polygon = [{ latitude: 91, longitude: 181 }];
    expect(await faultsOf({ name: 'x', condition: { area: { polygon } } })).toEqual([
      'input.condition.area.polygon',
      'input.condition.area.polygon[0].latitude',
      'input.condition.area.polygon[0].longitude',
    ]);
    expect(await faultsOf({ name: 'x', condition: { area: { ports: [] } } })).toEqual([
      'input.condition.area.ports',
    ]);
    const foreign = await tracking.createShipment({}, 'borealis-operations');
    expect(await faultsOf({ name: 'x', condition: missing(), scope: scopeOf(foreign) })).toEqual([
      'input.scope.shipmentIds[0]',
    ]);
  });

  test('has its like up to a limit, also when many are made at once', async () => {
    const tenantId = DEMO_TENANTS.borealis;
    const now = new Date();
    await tracking.database.prisma.alertRule.createMany({
      data: Array.from({ length: MAX_RULES - 2 }, () => ({
        id: randomUUID(),
        tenantId,
        name: 'x',
        condition: { kind: 'NO_SIGNAL', hours: 1 },
        scope: {},
        isEnabled: false,
        version: 1,
        watchingSince: now,
        createdBy: 'test',
        createdAt: now,
        updatedAt: now,
      })),
    });
    const make = () =>
      tracking.data<{ createAlertRule: { __typename: string } }>('borealis-admin', CREATE_RULE, {
        key: randomUUID(),
        input: { name: 'x', isEnabled: false, condition: missing() },
      });
    const made = await Promise.all(Array.from({ length: 6 }, make));
    expect(made.map(({ createAlertRule }) => createAlertRule.__typename).sort()).toEqual([
      ...Array<string>(2).fill('AlertRuleCreated'),
      ...Array<string>(4).fill('TooManyAlertRules'),
    ]);
    const page = await tracking.data<{ alertRules: { edges: object[]; pageInfo: object } }>(
      'borealis-viewer',
      '{ alertRules(first: 100) { edges { node { isEnabled } } pageInfo { hasNextPage } } }',
    );
    expect(page.alertRules.edges).toHaveLength(MAX_RULES);
    expect(page.alertRules.pageInfo).toEqual({ hasNextPage: false });
  });
});

describe('a shipment', () => {
  test('is watched from its creation on, also when the evaluator has lost its connections', async () => {
    const ruleId = await createRule(missing(), { destinations: ['DEHAM'] });
    // The rule is known, and has been spread, before there is such a shipment.
    await vi.waitFor(async () => expect(await tracking.database.prisma.alertDue.count()).toBe(0));
    const owner = new pg.Client({ connectionString: tracking.platform.databaseUrl });
    await owner.connect();
    const { rowCount } = await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'supercargo-alerts' AND datname = current_database()`,
    );
    await owner.end();
    expect(rowCount).toBeGreaterThan(0);
    const planned = { plannedDeparture: daysAgo(2), destination: 'DEHAM' };
    const id = await tracking.createShipment(planned);
    await tracking.createShipment({ ...planned, destination: 'GBFXT' });
    await tracking.createShipment(planned, 'borealis-operations');
    await alertsBecome(ruleId, [{ state: 'OPEN', shipment: { id } }]);
    expect(await tracking.database.prisma.alert.count({ where: { ruleId } })).toBe(1);
  });
});

describe('who may do what', () => {
  test('operations and administrators write; others of the tenant read; nobody else does either', async () => {
    const id = await tracking.createShipment({ plannedDeparture: daysAgo(2) });
    const ruleId = await createRule(missing(), scopeOf(id));
    const [alert] = await alertsBecome(ruleId, [{ state: 'OPEN' }]);
    const input = { name: 'x', condition: missing() };
    for (const persona of ['aurora-viewer', 'auditor', 'aurora-buyer', 'integration', 'carrier-hlcu']) {
      const key = randomUUID();
      expect(await codeOf(persona, CREATE_RULE, { key, input })).toBe('FORBIDDEN');
      expect(await codeOf(persona, ACKNOWLEDGE, { key, id: alert?.id })).toBe('FORBIDDEN');
    }
    for (const persona of ['aurora-viewer', 'auditor', 'aurora-buyer']) {
      expect(await alerts({ ruleId }, persona)).toHaveLength(1);
    }
    for (const persona of ['integration', 'carrier-hlcu', 'platform-operator']) {
      expect(await codeOf(persona, ALERTS)).toBe('FORBIDDEN');
      expect(await codeOf(persona, '{ alertRules { edges { cursor } } }')).toBe('FORBIDDEN');
    }
    const foreign = 'borealis-operations';
    expect(await alerts({ ruleId }, foreign)).toEqual([]);
    const key = randomUUID();
    expect(await codeOf(foreign, ACKNOWLEDGE, { key, id: alert?.id })).toBe('NOT_FOUND');
    expect(await codeOf(foreign, DELETE_RULE, { key, id: ruleId })).toBe('NOT_FOUND');
    const entities = await tracking.data(
      foreign,
      `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }`,
      {
        representations: [
          { __typename: 'Alert', id: alert?.id },
          { __typename: 'AlertRule', id: ruleId },
        ],
      },
    );
    expect(entities).toEqual({ _entities: [null, null] });
    const past = { key, id: alert?.id, until: daysAgo(1) };
    expect(await codeOf(OPERATIONS, SNOOZE, past)).toBe('BAD_USER_INPUT');
  });
});

describe('evaluating by hand', () => {
  let platform: TestPlatform;
  let database: Database;
  const tenantId = DEMO_TENANTS.aurora;
  const START = Date.parse('2026-05-10T00:00:00Z');
  beforeAll(async () => {
    platform = await startTestPlatform();
    database = platform.openDatabase('ingestion', 'tracking');
  });
  afterAll(async () => {
    await database.close();
    await platform.close();
  });

  const run = (hours: number, redisIsAway = false) =>
    evaluateDue({
      database,
      log: platform.log,
      clock: () => START + hours * 3_600_000,
      live: {
        ...createLiveUpdates(platform, database, platform.connections.requests),
        ...(redisIsAway ? { tell: () => Promise.reject(new Error('gone before it was told')) } : {}),
      },
    });

  async function makeRule(condition: object, shipments: number): Promise<{ ruleId: string; ids: string[] }> {
    const ruleId = randomUUID();
    const ids = Array.from({ length: shipments }, () => randomUUID());
    const now = new Date(START);
    await database.prisma.alertRule.create({
      data: {
        id: ruleId,
        tenantId,
        name: 'x',
        condition,
        scope: { carriers: [], origins: [], destinations: [], shipmentIds: ids },
        isEnabled: true,
        version: 1,
        watchingSince: now,
        createdBy: 'test',
        createdAt: now,
        updatedAt: now,
      },
    });
    await database.prisma.$executeRaw`
      INSERT INTO alert_tenant VALUES (${tenantId}::uuid, 1, 1)
      ON CONFLICT (tenant_id) DO UPDATE SET version = alert_tenant.version + 1`;
    await database.prisma.shipment.createMany({
      data: ids.map((id) => ({
        id,
        tenantId,
        reference: id,
        carrierScac: 'HLCU',
        origin: ORIGIN,
        destination: 'NLRTM',
        plannedDeparture: now,
        createdAt: now,
      })),
    });
    await createAlertWatch().changed(
      onClient(database.pool),
      ids.map((shipmentId) => ({ tenantId, shipmentId })),
    );
    return { ruleId, ids };
  }

  const logged = async (ruleId: string): Promise<unknown[]> => {
    const entries = await platform.connections.requests.xrange(`log:live:alert:${tenantId}`, '-', '+');
    return entries
      .flatMap(([, [field, text]]) =>
        // A log begins with an entry of its own.
        field === 'm' && text !== undefined ? (JSON.parse(text) as LiveEnvelope[]) : [],
      )
      .filter(({ match }) => match.ruleId === ruleId)
      .map(({ data }) => data.change);
  };

  test('two at once raise one alert each, and time brings the rest', async () => {
    const { ruleId } = await makeRule({ kind: 'MILESTONE_MISSING', hours: 24, codes: [] }, 130);
    const count = () => database.prisma.alert.count({ where: { ruleId } });
    const all = async (hours: number) => {
      while ((await Promise.all([run(hours), run(hours), run(hours)])).some(Boolean));
    };
    await all(23);
    expect(await count()).toBe(0);
    expect(await database.prisma.alertDue.count()).toBe(0);
    await all(24);
    expect(await count()).toBe(130);
    await all(30);
    expect(await logged(ruleId)).toEqual(Array(130).fill('RAISED'));
    await all(48);
    expect(await database.prisma.alert.count({ where: { ruleId, severity: 2 } })).toBe(130);
    expect(await database.prisma.liveOutbox.count()).toBe(0);
  });

  test('a crash between writing and telling loses nothing', async () => {
    const { ruleId } = await makeRule({ kind: 'MILESTONE_MISSING', hours: 24, codes: [] }, 1);
    await run(30, true);
    expect(await logged(ruleId)).toEqual([]);
    await run(31);
    expect(await database.prisma.alert.count({ where: { ruleId } })).toBe(1);
    await createLiveUpdates(platform, database, platform.connections.requests).tellOverdue(0);
    expect(await logged(ruleId)).toEqual(['RAISED']);
  });

  test('a crash while writing leaves the note for another', async () => {
    const { ruleId } = await makeRule({ kind: 'NO_SIGNAL', hours: 10 }, 1);
    const live = createLiveUpdates(platform, database, platform.connections.requests);
    const broken = { ...live, keepMessages: () => Promise.reject(new Error('crashed')) };
    const parts = { database, log: platform.log, clock: () => START + 11 * 3_600_000 };
    await expect(evaluateDue({ ...parts, live: broken })).rejects.toThrow('crashed');
    expect(await database.prisma.alert.count({ where: { ruleId } })).toBe(0);
    await evaluateDue({ ...parts, live });
    expect(await logged(ruleId)).toEqual(['RAISED']);
  });

  test('a snoozed alert is raised again when its time has come', async () => {
    const { ruleId } = await makeRule({ kind: 'MILESTONE_MISSING', hours: 500, codes: [] }, 1);
    await run(501);
    const alert = await database.prisma.alert.findFirstOrThrow({ where: { ruleId } });
    const snoozedUntil = new Date(START + 600 * 3_600_000);
    await database.prisma.alert.update({ where: { id: alert.id }, data: { snoozedUntil } });
    await database.prisma.alertWatch.update({
      where: { shipmentId: alert.shipmentId },
      data: { dueAt: snoozedUntil },
    });
    await run(599);
    await run(600);
    await run(601);
    expect(await logged(ruleId)).toEqual(['RAISED', 'REMINDED']);
  });

  test('positions lead across borders and break silence', async () => {
    const circle = { type: 'CIRCLE', latitude: 0, longitude: 0, radiusKm: 100 };
    const area = await makeRule({ kind: 'AREA', direction: 'ENTERS', area: circle }, 1);
    const silence = await makeRule({ kind: 'NO_SIGNAL', hours: 10 }, 1);
    await run(11);
    const watch = createAlertWatch();
    const at = (hours: number) => new Date(START + hours * 3_600_000);
    const sighting = {
      imo: 9321483,
      speedKnots: null,
      courseDegrees: null,
      headingDegrees: null,
      navigationalStatus: null,
    };
    const move = (shipmentId: string | undefined, hours: number): ShipmentMove => ({
      tenantId,
      shipmentId: shipmentId ?? '',
      previous: { ...sighting, latitude: 0, longitude: 5, observedAt: at(hours - 2) },
      current: { ...sighting, latitude: 0, longitude: 0, observedAt: at(hours) },
      isJump: false,
    });
    const moves = [move(area.ids[0], 12), move(silence.ids[0], 12)];
    await watch.moved(onClient(database.pool), moves, at(12));
    // The same again is no news: neither the crossing nor the signal.
    await watch.moved(onClient(database.pool), moves, at(12));
    await run(12);
    expect(await logged(area.ruleId)).toEqual(['RAISED']);
    expect(await logged(silence.ruleId)).toEqual(['RAISED', 'CLOSED']);
    const [alert] = await database.prisma.alert.findMany({ where: { ruleId: area.ruleId } });
    expect(alert?.reason).toMatchObject({ direction: 'ENTERS', unLocationCode: null, latitude: 0 });
    const stranger = { ...move(area.ids[0], 13), tenantId: randomUUID() };
    const before = await platform.sqlStatements('tracking');
    await watch.moved(onClient(database.pool), [stranger], at(13));
    await watch.changed(onClient(database.pool), [stranger]);
    expect(await platform.sqlStatements('tracking')).toBe(before);
  });

  test('a fault at one shipment is not the others’', async () => {
    const { ruleId, ids } = await makeRule({ kind: 'NO_SIGNAL', hours: 10 }, 3);
    await database.prisma.$executeRaw`
      INSERT INTO alert_watch (shipment_id, tenant_id, history)
      VALUES (${ids[0]}::uuid, ${tenantId}::uuid, '{"not": "a history"}')`;
    await run(11);
    expect(await database.prisma.alert.count({ where: { ruleId } })).toBe(2);
    const watch = await database.prisma.alertWatch.findUniqueOrThrow({ where: { shipmentId: ids[0] ?? '' } });
    expect(watch.dueAt).toEqual(new Date(START + 12 * 3_600_000));
  });
});
