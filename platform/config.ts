import { isAbsolute, join } from 'node:path';
import { readAddresses, type TrustedProxy } from './http/trusted-proxy.ts';
import { readLimits, type Limits } from './limits.ts';

/** The roles a process can play, in the order in which they start. */
export const ROLES = ['procurement', 'tracking', 'carriers', 'eta', 'worker', 'gateway'] as const;
export type Role = (typeof ROLES)[number];

/** The roles that serve a subgraph. */
export const SUBGRAPHS = ['procurement', 'tracking', 'carriers', 'eta'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

/** The subgraphs that store something, each in the Postgres schema of its name. */
export const STORING_SUBGRAPHS = ['procurement', 'tracking', 'carriers'] as const;
export type StoringSubgraph = (typeof STORING_SUBGRAPHS)[number];

/**
 * Everyone who logs in to the database (platform/database/login-roles.ts): each storing subgraph, for what its callers
 * ask, and the programs that work for all tenants or in a table of their own.
 */
export const DATABASE_LOGINS = [...STORING_SUBGRAPHS, 'registration', 'ingestion', 'seed', 'audit'] as const;
export type DatabaseLogin = (typeof DATABASE_LOGINS)[number];

/** A setting that can't be used. Its message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface AuthConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer publishes its keys; null for the development issuer, whose keys are in the data directory. */
  readonly jwksUrl: string | null;
  /** The one signature algorithm that is accepted. */
  readonly algorithm: string;
  /** Seconds that the issuer's clock may differ from ours. */
  readonly clockSkew: number;
}

export interface Config {
  readonly production: boolean;
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly roles: ReadonlySet<Role>;
  /** Where a subgraph that isn't in this process listens. */
  readonly subgraphUrls: ReadonlyMap<string, string>;
  /** The owner's URL: migrations and login roles. Null: embedded. */
  readonly databaseUrl: string | null;
  /** URLs with a login role of its own, instead of one derived from `databaseUrl`. */
  readonly databaseUrls: ReadonlyMap<DatabaseLogin, string>;
  /** Null: local. */
  readonly redisUrl: string | null;
  /** Absolute path. */
  readonly dataDirectory: string;
  readonly auth: AuthConfig;
  /** File path or URL. */
  readonly supergraph: string;
  readonly publicAccess: boolean;
  /** Whether the demo tenants get rows to look at on the first start. */
  readonly demoData: boolean;
  readonly demoFeed: boolean;
  /** Milliseconds that the gateway waits for a subgraph. */
  readonly subgraphTimeout: number;
  /** Milliseconds between signs of life on WebSockets and streams. */
  readonly heartbeatInterval: number;
  /** Accepted events that may wait to be applied before more are refused. */
  readonly ingestBacklog: number;
  /** Bytes that Redis may use before events are refused. */
  readonly ingestRedisMemory: number;
  /** Days that vessels' positions are kept. */
  readonly positionRetentionDays: number;
  /** Positions that may wait to be stored before more are refused. */
  readonly positionBacklog: number;
  /** Least milliseconds between two updates of a shipment because its vessel has moved. */
  readonly positionUpdateInterval: number;
  /** Days for which tracking events are kept after they have happened; 0: for ever. */
  readonly eventRetentionDays: number;
  /** Origins that browsers may call from; empty: none but the endpoint's own. */
  readonly corsOrigins: readonly string[];
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** Whether browsers are shown GraphiQL. */
  readonly graphiql: boolean;
  /** Seconds that browsers are told to come by HTTPS only (HSTS); 0: that is left to the proxy in front. */
  readonly hstsSeconds: number;
  /** Whether identical queries of one caller that are under way at the same time are run once. */
  readonly querySingleFlight: boolean;
  /** Whether texts of operations that were sent once may be named by their hash later. */
  readonly persistedQueries: boolean;
  /** Where the only operations that may be run are: a file's path or URL, or `redis`; null: any may. */
  readonly trustedDocuments: string | null;
  /** Who may see query plans: everyone, nobody, or who has one of these roles or scopes. */
  readonly queryPlans:
    'on' | 'off' | { readonly roles: readonly string[]; readonly scopes: readonly string[] };
  /** Objects that one operation may ask for, reckoned from its document; 0: any number. */
  readonly maxOperationObjects: number;
  readonly limits: Limits;
  readonly logLevel: string;
  /** The proxy in front, where it may tell where a client is; null: nobody may. */
  readonly trustedProxy: TrustedProxy | null;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables; docs/configuration.md lists them.
 * @param env empty strings count as not set
 * @param root the project's folder, against which relative paths are read
 * @throws {ConfigError} naming the variable, its value and what was expected
 */
export function readConfig(env: Environment, root: string): Config {
  const get = (name: string): string | undefined => filled(env[name]);
  const production = get('NODE_ENV') === 'production';
  const roles = readRoles(get('ROLES'));
  const databaseUrl = readUrl('DATABASE_URL', get('DATABASE_URL'), ['postgres:', 'postgresql:']);
  const redisUrl = readUrl('REDIS_URL', get('REDIS_URL'), ['redis:', 'rediss:']);
  const publicAccess = readSwitch('PUBLIC_ACCESS', get('PUBLIC_ACCESS'), false);
  if (publicAccess && production && SUBGRAPHS.some((name) => roles.has(name))) {
    throw new ConfigError(
      'PUBLIC_ACCESS is "on": not allowed in production in a process that serves our own subgraphs',
    );
  }
  const auth = readAuth(get, production);
  const path = (value: string): string => (isAbsolute(value) ? value : join(root, value));
  const supergraph = get('SUPERGRAPH') ?? 'supergraph/supergraph.graphql';
  const place = (value: string): string => (/^https?:\/\//.test(value) ? value : path(value));
  const trustedDocuments = get('TRUSTED_DOCUMENTS') ?? null;
  return {
    production,
    host: get('HOST') ?? '127.0.0.1',
    port: readInteger('PORT', get('PORT'), 4000, 0, 65_535),
    roles,
    subgraphUrls: readSubgraphUrls(env),
    databaseUrl,
    databaseUrls: readDatabaseUrls(get),
    redisUrl,
    dataDirectory: path(get('DATA_DIR') ?? '.supercargo'),
    auth,
    supergraph: place(supergraph),
    publicAccess,
    // The demo tenants are the development issuer's personas': nobody else could see their rows.
    demoData: readSwitch('DEMO_DATA', get('DEMO_DATA'), auth.jwksUrl === null),
    demoFeed: readSwitch(
      'DEMO_FEED',
      get('DEMO_FEED'),
      !production && databaseUrl === null && redisUrl === null,
    ),
    subgraphTimeout: readInteger('SUBGRAPH_TIMEOUT_MS', get('SUBGRAPH_TIMEOUT_MS'), 5_000, 1, 600_000),
    heartbeatInterval: readInteger('HEARTBEAT_MS', get('HEARTBEAT_MS'), 12_000, 100, 600_000),
    ingestBacklog: readInteger('INGEST_BACKLOG', get('INGEST_BACKLOG'), 100_000, 0, 100_000_000),
    ingestRedisMemory:
      readInteger('INGEST_REDIS_MEMORY_MB', get('INGEST_REDIS_MEMORY_MB'), 1_024, 1, 1_048_576) * 1024 * 1024,
    positionRetentionDays: readInteger(
      'POSITION_RETENTION_DAYS',
      get('POSITION_RETENTION_DAYS'),
      90,
      1,
      3_650,
    ),
    positionBacklog: readInteger('POSITION_BACKLOG', get('POSITION_BACKLOG'), 20_000, 1_000, 1_000_000),
    positionUpdateInterval:
      readInteger('POSITION_UPDATE_SECONDS', get('POSITION_UPDATE_SECONDS'), 30, 1, 86_400) * 1_000,
    eventRetentionDays: readInteger('EVENT_RETENTION_DAYS', get('EVENT_RETENTION_DAYS'), 0, 0, 36_500),
    corsOrigins: (get('CORS_ORIGINS') ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    maxOperationObjects: readInteger(
      'MAX_OPERATION_OBJECTS',
      get('MAX_OPERATION_OBJECTS'),
      // What is public is a foreign supergraph, about whose lists nothing is promised.
      publicAccess ? 0 : 100_000,
      0,
      1_000_000_000,
    ),
    limits: readLimits(
      {
        integer: (name, otherwise, least, most) => readInteger(name, get(name), otherwise, least, most),
        on: (name, otherwise) => readSwitch(name, get(name), otherwise),
        text: (name) => get(name) ?? null,
        refuse: (message) => {
          throw new ConfigError(message);
        },
      },
      { production, counted: redisUrl !== null, pages: !publicAccess },
    ),
    introspection: readSwitch('INTROSPECTION', get('INTROSPECTION'), !production),
    graphiql: readSwitch('GRAPHIQL', get('GRAPHIQL'), !production),
    hstsSeconds: readInteger('HSTS_SECONDS', get('HSTS_SECONDS'), 0, 0, 63_072_000),
    querySingleFlight: readSwitch('QUERY_SINGLE_FLIGHT', get('QUERY_SINGLE_FLIGHT'), true),
    persistedQueries: readSwitch('PERSISTED_QUERIES', get('PERSISTED_QUERIES'), true),
    trustedDocuments:
      trustedDocuments === null || trustedDocuments === 'redis' ? trustedDocuments : place(trustedDocuments),
    queryPlans: readQueryPlans(get('QUERY_PLANS')),
    logLevel: readChoice('LOG_LEVEL', get('LOG_LEVEL'), 'info', LOG_LEVELS),
    trustedProxy: readTrustedProxy(get),
  };
}

/** An empty variable counts as not set. */
function filled(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function readRoles(value: string | undefined): ReadonlySet<Role> {
  if (value === undefined) return new Set(ROLES);
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  for (const name of names) {
    if (!(ROLES as readonly string[]).includes(name)) {
      throw new ConfigError(`ROLES names "${name}": expected a comma list of ${ROLES.join(', ')}`);
    }
  }
  if (names.length === 0)
    throw new ConfigError(`ROLES is "${value}": expected a comma list of ${ROLES.join(', ')}`);
  return new Set(names as Role[]);
}

function readSubgraphUrls(env: Environment): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    const match = /^SUBGRAPH_(.+)_URL$/.exec(name);
    const url = match && readUrl(name, filled(value), ['http:', 'https:']);
    if (match?.[1] && url) urls.set(match[1].toLowerCase().replaceAll('_', '-'), url);
  }
  return urls;
}

function readDatabaseUrls(get: (name: string) => string | undefined): ReadonlyMap<DatabaseLogin, string> {
  const urls = new Map<DatabaseLogin, string>();
  for (const login of DATABASE_LOGINS) {
    const name = `DATABASE_URL_${login.toUpperCase()}`;
    const url = readUrl(name, get(name), ['postgres:', 'postgresql:']);
    if (url) urls.set(login, url);
  }
  return urls;
}

function readAuth(get: (name: string) => string | undefined, production: boolean): AuthConfig {
  const issuer = get('AUTH_ISSUER');
  const audience = get('AUTH_AUDIENCE');
  const jwksUrl = readUrl('AUTH_JWKS_URL', get('AUTH_JWKS_URL'), ['http:', 'https:']);
  const clockSkew = readInteger('AUTH_CLOCK_SKEW_SECONDS', get('AUTH_CLOCK_SKEW_SECONDS'), 5, 0, 300);
  const algorithm = readChoice('AUTH_ALGORITHM', get('AUTH_ALGORITHM'), 'RS256', ALGORITHMS);
  if (issuer === undefined && audience === undefined && jwksUrl === null) {
    if (production) {
      throw new ConfigError(
        'AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URL are not set: production needs a real token issuer',
      );
    }
    return {
      issuer: 'https://issuer.supercargo.invalid',
      audience: 'supercargo',
      jwksUrl: null,
      algorithm: 'RS256',
      clockSkew,
    };
  }
  for (const [name, value] of [
    ['AUTH_ISSUER', issuer],
    ['AUTH_AUDIENCE', audience],
    ['AUTH_JWKS_URL', jwksUrl],
  ] as const) {
    if (!value)
      throw new ConfigError(`${name} is not set: AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URL go together`);
  }
  return { issuer: issuer as string, audience: audience as string, jwksUrl, algorithm, clockSkew };
}

/** `on`, `off`, or a comma list of `role:NAME` and `scope:NAME`. */
function readQueryPlans(value: string | undefined): Config['queryPlans'] {
  if (value === undefined || value === 'off') return 'off';
  if (value === 'on') return 'on';
  const parts = value.split(',').map((part) => part.trim());
  const named = (kind: string): string[] =>
    parts.filter((part) => part.startsWith(`${kind}:`)).map((part) => part.slice(kind.length + 1));
  const [roles, scopes] = [named('role'), named('scope')];
  if (roles.length + scopes.length !== parts.length || [...roles, ...scopes].includes('')) {
    throw new ConfigError(
      `QUERY_PLANS is "${value}": expected on, off or a comma list of role:NAME and scope:NAME`,
    );
  }
  return { roles, scopes };
}

function readTrustedProxy(get: (name: string) => string | undefined): TrustedProxy | null {
  const from = get('TRUSTED_PROXY_ADDRESSES');
  const regionHeader = readHeaderName('TRUSTED_PROXY_REGION_HEADER', get);
  const addressHeader = readHeaderName('TRUSTED_PROXY_ADDRESS_HEADER', get);
  if (from === undefined) {
    const set = regionHeader === null ? 'TRUSTED_PROXY_ADDRESS_HEADER' : 'TRUSTED_PROXY_REGION_HEADER';
    if (regionHeader === null && addressHeader === null) return null;
    throw new ConfigError(`TRUSTED_PROXY_ADDRESSES is not set: ${set} needs it`);
  }
  if (regionHeader === null && addressHeader === null) {
    throw new ConfigError(
      'TRUSTED_PROXY_REGION_HEADER is not set, nor TRUSTED_PROXY_ADDRESS_HEADER: TRUSTED_PROXY_ADDRESSES needs one',
    );
  }
  const addresses = readAddresses(from.split(',').map((text) => text.trim()));
  if (addresses === null) {
    throw new ConfigError(
      `TRUSTED_PROXY_ADDRESSES is "${from}": expected a comma list of addresses and ranges such as 10.0.0.0/8`,
    );
  }
  return { addresses, regionHeader, addressHeader };
}

function readHeaderName(name: string, get: (name: string) => string | undefined): string | null {
  const value = get(name);
  if (value === undefined) return null;
  if (!/^[\w-]{1,100}$/.test(value)) {
    throw new ConfigError(`${name} is "${value}": expected the name of a header`);
  }
  return value.toLowerCase();
}

function readSwitch(name: string, value: string | undefined, otherwise: boolean): boolean {
  return readChoice(name, value, otherwise ? 'on' : 'off', ['on', 'off']) === 'on';
}

function readChoice(
  name: string,
  value: string | undefined,
  otherwise: string,
  choices: readonly string[],
): string {
  if (value === undefined) return otherwise;
  if (!choices.includes(value))
    throw new ConfigError(`${name} is "${value}": expected one of ${choices.join(', ')}`);
  return value;
}

function readInteger(
  name: string,
  value: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (value === undefined) return otherwise;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(number >= least && number <= most)) {
    throw new ConfigError(`${name} is "${value}": expected a whole number from ${least} to ${most}`);
  }
  return number;
}

function readUrl(name: string, value: string | undefined, protocols: readonly string[]): string | null {
  if (value === undefined) return null;
  // The value may hold a password: it is not repeated.
  const expected = `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  if (!URL.canParse(value)) throw new ConfigError(`${name} is not a URL: ${expected}`);
  if (!protocols.includes(new URL(value).protocol))
    throw new ConfigError(`${name} has another protocol: ${expected}`);
  return value;
}
