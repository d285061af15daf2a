import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS, type Persona } from '#platform/auth/personas.ts';
import type { Database } from '#platform/database/database.ts';
import type { Platform } from '#platform/service.ts';
import { ALL_STREAMS } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { backoff, isEnded, pause } from './backoff.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { reasonOf } from './door.ts';
import { createShipment, followingShipment } from './next-shipment.ts';
import { playVoyages } from './play-voyages.ts';
import { reportPositions } from './report-positions.ts';
import { readDemoShipment, readDemoShipments } from './stored-shipments.ts';

/** The demo feed under way. */
export interface DemoFeed {
  /**
   * Resolves when everything from before the start has been reported, so that whoever looks then sees the voyages
   * where they stand; or when that can't be waited for, because the door or the database has no time or it takes
   * longer than {@link LONGEST_CATCH_UP}. Never rejects.
   */
  readonly caughtUp: Promise<void>;
  /** Ends it within moments. */
  stop(): Promise<void>;
}

/** Milliseconds. */
const LONGEST_CATCH_UP = 30_000;

const APPLIED_INTERVAL = 20;

/** Seconds that a token is good for. */
const TOKEN_TTL = 600;

/**
 * Starts to report the voyages and positions of the demo's shipments through the public doors, as the `integration` persona.
 * Returns at once: a door or a database that isn't there yet is waited for.
 *
 * @param origin where this process listens, such as http://127.0.0.1:4000
 */
export function startDemoFeed(platform: Platform, origin: string): DemoFeed {
  const log = platform.log.child({ component: 'demo feed' });
  const urls = demoUrls(platform, origin);
  if (!urls || platform.config.auth.jwksUrl !== null) {
    log.warn(
      urls
        ? 'the demo feed does not run: it needs the development issuer'
        : 'the demo feed does not run: SUBGRAPH_TRACKING_URL does not say where the ingestion door is',
    );
    return { caughtUp: Promise.resolve(), stop: async () => {} };
  }
  const controller = new AbortController();
  const { signal } = controller;
  const database = platform.openDatabase('ingestion', 'demo feed');
  const tokens = new Map<string, (fresh: boolean) => Promise<string>>();
  const tokenOf = (persona: Persona): ((fresh: boolean) => Promise<string>) => {
    const known = tokens.get(persona.name) ?? personaToken(platform, persona);
    tokens.set(persona.name, known);
    return known;
  };
  const next = async (ended: DemoShipment): Promise<DemoShipment> => {
    const token = await tokenOf(operationsOf(ended.tenantId))(false);
    const id = await createShipment(urls.graphql, token, followingShipment(ended, Date.now()), signal);
    const stored = await readDemoShipment(database, id);
    if (!stored) throw new Error(`shipment ${id} was created, but it is not one of the demo's`);
    return stored;
  };
  const run = async (proceed: () => void): Promise<void> => {
    const shipments = await readWhenThere(database, signal, (reason) => {
      log.warn({ reason }, 'the demo feed waits for the database');
      proceed();
    });
    const token = tokenOf(integration());
    const onCaughtUp = (): void => void untilApplied(platform, signal).then(proceed);
    const told = { onCaughtUp, onDelay: proceed };
    const positions = reportPositions({
      positionsUrl: urls.positions,
      token,
      shipments: () => readDemoShipments(database),
      log,
      signal,
    });
    await playVoyages({ ingestUrl: urls.ingest, token, shipments, next, log, signal, ...told });
    await positions;
  };
  const { promise: caughtUp, resolve: proceed } = deferred(LONGEST_CATCH_UP);
  const ended = run(proceed)
    .catch((error: unknown) => log.error({ error }, 'the demo feed has ended'))
    .then(proceed)
    .finally(() => database.close());
  return {
    caughtUp,
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}

interface DemoUrls {
  readonly ingest: string;
  readonly positions: string;
  readonly graphql: string;
}

/** The tracking subgraph's doors, and a GraphQL endpoint that creates shipments; null when it isn't known where. */
function demoUrls({ config }: Platform, origin: string): DemoUrls | null {
  const { roles, subgraphUrls } = config;
  const doorsAt = (base: string) => ({
    ingest: new URL('/ingest/dcsa/v2/events', base).href,
    positions: new URL('/ingest/positions/v1/reports', base).href,
  });
  if (roles.has('tracking')) {
    const path = roles.has('gateway') ? '/graphql' : '/tracking/graphql';
    return { ...doorsAt(origin), graphql: `${origin}${path}` };
  }
  const tracking = subgraphUrls.get('tracking');
  return tracking === undefined ? null : { ...doorsAt(tracking), graphql: tracking };
}

/** Waits until what was reported has been applied; gives up when Redis is away. Never rejects. */
async function untilApplied(platform: Platform, signal: AbortSignal): Promise<void> {
  const { requests } = platform.redis();
  const isUnderWay = async (): Promise<boolean> => {
    const lengths = await Promise.all(ALL_STREAMS.map((key) => requests.xlen(key)));
    return lengths.some((length) => length > 0);
  };
  while (!signal.aborted && (await isUnderWay().catch(() => false))) await pause(APPLIED_INTERVAL, signal);
}

/** A promise that is resolved from outside, or by itself when the time is up. */
function deferred(timeout: number): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    const timer = setTimeout(done, timeout);
    resolve = () => {
      clearTimeout(timer);
      done();
    };
  });
  return { promise, resolve };
}

async function readWhenThere(
  database: Database,
  signal: AbortSignal,
  onFirstFailure: (reason: string) => void,
): Promise<DemoShipment[]> {
  for (let failures = 1; !isEnded(signal); failures++) {
    try {
      return await readDemoShipments(database);
    } catch (error) {
      if (failures === 1) onFirstFailure(reasonOf(error));
      await pause(backoff(failures), signal);
    }
  }
  return [];
}

/** Tokens of a persona, each used for half its life. */
function personaToken({ config }: Platform, persona: Persona): (fresh: boolean) => Promise<string> {
  let token: Promise<string> | undefined;
  let issuedAt = 0;
  return (fresh) => {
    if (fresh || token === undefined || Date.now() - issuedAt > (TOKEN_TTL * 1_000) / 2) {
      issuedAt = Date.now();
      token = issueDevelopmentToken(config.auth, config.dataDirectory, personaClaims(persona), TOKEN_TTL);
    }
    return token;
  };
}

function integration(): Persona {
  return personaWhere(({ roles }) => roles.includes('integration'));
}

function operationsOf(tenant: string): Persona {
  return personaWhere((persona) => persona.tenant === tenant && persona.roles.includes('operations'));
}

function personaWhere(fits: (persona: Persona) => boolean): Persona {
  const found = PERSONAS.find(fits);
  if (!found) throw new Error('the demo has no persona for this');
  return found;
}
