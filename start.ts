import { mkdir, access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { ConfigError, SUBGRAPHS, type Config, type DatabaseLogin, type Role } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { json } from '#platform/http/json.ts';
import { listen, originOf, type HttpServer } from '#platform/http/server.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import { createPlatform } from '#platform/process.ts';
import type { Platform } from '#platform/service.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { DemoFeed } from '#tools/demo/feed.ts';
import { startRoles } from './roles.ts';

export interface StartOptions {
  readonly config: Config;
  /** The project's folder. */
  readonly root: string;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  /** Tells a person how far it is. */
  readonly print: (line: string) => void;
}

/**
 * Starts what the configuration asks for, from the services up to the demo feed, and ends with the line
 * `ready http://HOST:PORT/graphql`. What was started is registered with the lifecycle, also when a later step fails.
 * @returns where it listens
 * @throws {ConfigError} and errors with a one-line message for what a person can put right
 */
export async function startSupercargo(options: StartOptions): Promise<HttpServer> {
  const { root, log, lifecycle, print } = options;
  // First, so that a port in use is told before anything else is started.
  const { host, port, trustedProxy, hstsSeconds } = options.config;
  const server = await listen({ host, port, log, trustedProxy, hstsSeconds });
  lifecycle.onStop('http', () => server.close());
  // Alive also while it migrates, however long that takes; ready is another question.
  server.mount('/healthz', () => json(200, { status: 'alive' }));

  const { step } = lifecycle;
  const config = await step(() => withServices(options));
  const { databaseUrl } = config;
  if (databaseUrl !== null && storesSomething(config)) await step(() => migrate(databaseUrl, root, print));
  const platform = await step(() => createPlatform(config, log, lifecycle));
  if (config.demoData && storesSomething(config)) await step(() => seed(platform, print));
  await step(() => startRoles(platform, server, lifecycle));
  if (config.demoFeed && config.roles.has('worker')) {
    const feed = await step(() => startFeed(platform, server, lifecycle));
    print('playing the demo voyages up to now');
    // Whoever subscribes first is not to get the whole past. No step: a stop needn't wait for it.
    await feed.caughtUp;
  }
  await step(async () => {
    server.opened();
    const origin = originOf(server);
    await greet(config, origin, print);
    print(`ready ${origin}/graphql`);
  });
  return server;
}

function storesSomething(config: Config): boolean {
  return loginsOf(config).length > 0;
}

const LOGINS: Readonly<Partial<Record<Role, readonly DatabaseLogin[]>>> = {
  procurement: ['procurement'],
  tracking: ['tracking', 'registration', 'ingestion'],
  carriers: ['carriers'],
  worker: ['ingestion'],
};

/** How the roles of this process log in to the database. */
function loginsOf({ roles }: Config): readonly DatabaseLogin[] {
  return [...roles].flatMap((role) => LOGINS[role] ?? []);
}

/** A gateway in front of somebody else's supergraph needs no services of ours. */
function needsRedis(config: Config, root: string): boolean {
  const onlyGateway = [...config.roles].every((role) => role === 'gateway');
  return (
    !onlyGateway ||
    config.trustedDocuments === 'redis' ||
    config.supergraph === join(root, 'supergraph/supergraph.graphql')
  );
}

async function withServices({ config, root, lifecycle, print }: StartOptions): Promise<Config> {
  const postgres = config.databaseUrl === null && needsPostgres(config);
  const redis = config.redisUrl === null && needsRedis(config, root);
  if (postgres || redis || issuesTokens(config)) await ensureWritable(config.dataDirectory);
  if (!postgres && !redis) return config;
  if (config.production) {
    const missing = [postgres && 'DATABASE_URL', redis && 'REDIS_URL'].filter(Boolean).join(' and ');
    throw new ConfigError(`${missing} not set: production does not start services of its own`);
  }
  const { startLocalServices } = await import('#tools/services/local-services.ts');
  const services = await startLocalServices({
    dataDirectory: config.dataDirectory,
    postgres,
    redis,
    log: print,
  });
  lifecycle.onStop('services', () => services.stop());
  return {
    ...config,
    databaseUrl: services.databaseUrl ?? config.databaseUrl,
    redisUrl: services.redisUrl ?? config.redisUrl,
  };
}

function issuesTokens(config: Config): boolean {
  return config.auth.jwksUrl === null;
}

function needsPostgres(config: Config): boolean {
  return loginsOf(config).some((login) => !config.databaseUrls.has(login));
}

async function ensureWritable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `the data directory ${directory} cannot be written (${code}): set DATA_DIR to another`,
    );
  }
}

/** As `mkdir` with `recursive`, which never ends where the kernel lets nobody make anything, such as in /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(directory);
    if (code !== 'ENOENT' || parent === directory || (await exists(parent))) throw error;
    await makeDirectory(parent);
    await mkdir(directory);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function migrate(databaseUrl: string, root: string, print: (line: string) => void): Promise<void> {
  const applied = await prepareDatabase({
    databaseUrl,
    migrationsDirectory: join(root, 'prisma/migrations'),
    log: print,
  });
  if (applied.length > 0) print(`migrated: ${applied.join(', ')}`);
}

async function seed(platform: Platform, print: (line: string) => void): Promise<void> {
  const { seedDemo } = await import('#prisma/seed/seed-demo.ts');
  await seedDemo(platform, print);
}

async function startFeed(platform: Platform, server: HttpServer, lifecycle: Lifecycle): Promise<DemoFeed> {
  const { startDemoFeed } = await import('#tools/demo/feed.ts');
  const feed = startDemoFeed(platform, originOf(server));
  lifecycle.onStop('demo feed', () => feed.stop());
  return feed;
}

const GREETED = ['aurora-operations', 'aurora-buyer', 'carrier-hlcu', 'integration'];
const GREETING_TTL = 12 * 60 * 60;

async function greet(config: Config, origin: string, print: (line: string) => void): Promise<void> {
  const subgraphs = SUBGRAPHS.filter((name) => config.roles.has(name));
  if (config.roles.has('gateway')) print(`GraphiQL and API   ${origin}/graphql`);
  if (config.roles.has('tracking')) {
    print(`DCSA events        ${origin}/ingest/dcsa/v2/events`);
    print(`vessel positions   ${origin}/ingest/positions/v1/reports`);
  }
  if (subgraphs.length > 0 && !config.roles.has('gateway')) {
    for (const name of subgraphs) print(`subgraph           ${origin}/${name}/graphql`);
  }
  print(`health and metrics ${origin}/healthz /readyz /metrics`);
  if (!issuesTokens(config)) return;
  print('demo tokens, good for 12 hours (others: npm run -s token -- --list)');
  for (const name of GREETED) {
    const persona = PERSONAS.find((candidate) => candidate.name === name);
    if (!persona) continue;
    const token = await issueDevelopmentToken(
      config.auth,
      config.dataDirectory,
      personaClaims(persona),
      GREETING_TTL,
    );
    print(`\n  ${persona.name}: ${persona.description}\n  ${token}`);
  }
  print('');
}
