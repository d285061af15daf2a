import { isAbsolute, join } from 'node:path';

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
  /** Accepted events that may wait to be applied before more are refused. */
  readonly ingestBacklog: number;
  /** Bytes that Redis may use before events are refused. */
  readonly ingestRedisMemory: number;
  /** Origins that browsers may call from; empty: none but the endpoint's own. */
  readonly corsOrigins: readonly string[];
  /** Whether identical queries of one caller that are under way at the same time are run once. */
  readonly querySingleFlight: boolean;
  /** Objects that one operation may ask for, reckoned from its document; 0: any number. */
  readonly maxOperationObjects: number;
  readonly logLevel: string;
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
    supergraph: /^https?:\/\//.test(supergraph) ? supergraph : path(supergraph),
    publicAccess,
    // The demo tenants are the development issuer's personas': nobody else could see their rows.
    demoData: readSwitch('DEMO_DATA', get('DEMO_DATA'), auth.jwksUrl === null),
    demoFeed: readSwitch(
      'DEMO_FEED',
      get('DEMO_FEED'),
      !production && databaseUrl === null && redisUrl === null,
    ),
    subgraphTimeout: readInteger('SUBGRAPH_TIMEOUT_MS', get('SUBGRAPH_TIMEOUT_MS'), 5_000, 1, 600_000),
    ingestBacklog: readInteger('INGEST_BACKLOG', get('INGEST_BACKLOG'), 100_000, 0, 100_000_000),
    ingestRedisMemory:
      readInteger('INGEST_REDIS_MEMORY_MB', get('INGEST_REDIS_MEMORY_MB'), 1_024, 1, 1_048_576) * 1024 * 1024,
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
    querySingleFlight: readSwitch('QUERY_SINGLE_FLIGHT', get('QUERY_SINGLE_FLIGHT'), true),
    logLevel: readChoice('LOG_LEVEL', get('LOG_LEVEL'), 'info', LOG_LEVELS),
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
  return { issuer: issuer as string, audience: audience as string, jwksUrl, algorithm };
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
