import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { readConfig } from '#platform/config.ts';
import { publishLive } from '#platform/live-publish.ts';
import { startRedis } from '#tools/services/redis.ts';
import { freePort } from '../gateway/process.ts';
import { NODE_ARGUMENTS } from '../server-process.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import type { Broadcast } from './broadcast-process.ts';
import { composeShop, itemOf, selection } from './shop.ts';
import type { Told } from './receivers.ts';
import type { PublishItems } from './subgraphs-process.ts';
import { startWatched, type WatchedProcess } from './watched-process.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
const SERVER_CORE = 0;
const CLIENT_CORE = 1;
export const TENANT = '0a000000-0000-4000-8000-00000000000a';
/** People of one tenant with the same rights; subscribers are spread over their tokens. */
const PEOPLE = 50;
/** Milliseconds. Who doesn't read is not to be cut off while it is being measured. */
const HEARTBEAT = 120_000;

/** Something that brings events to receivers. */
export interface Contestant {
  readonly name: string;
  readonly process: WatchedProcess;
  readonly port: number;
  readonly path: string;
  /** What a receiver says, by its selection. */
  readonly hello: (variant: number) => readonly (readonly string[])[];
  /** Makes so many events whose text has so many characters. */
  readonly publish: (events: number, size: number) => Promise<void>;
  /** How many of its sockets have subscribed. */
  readonly subscribed: () => Promise<number | null>;
}

/** Where contestants run, and what they need. */
export interface Arena {
  readonly redis: Redis;
  /** @param name supercargo, ws or hive */
  start(name: string): Promise<Contestant>;
  receivers(): Promise<WatchedProcess>;
  stop(): Promise<void>;
}

export async function openArena(): Promise<Arena> {
  pinSelf();
  const directory = await mkdtemp(join(tmpdir(), 'bench-fanout-'));
  const server = await startRedis({ directory: join(directory, 'redis'), appendOnly: false });
  const redis = new Redis(server.url);
  const running: WatchedProcess[] = [];
  const run = (
    core: number,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd = ROOT,
  ): WatchedProcess => {
    const started = startWatched(core, args, env, cwd);
    running.push(started);
    return started;
  };
  const subgraphs = run(CLIENT_CORE, [join(HERE, 'subgraphs-process.ts')], { NODE_ENV: 'production' });
  const { port: subgraphPort } = await subgraphs.told<Ready>('ready');
  const supergraph = join(directory, 'supergraph.graphql');
  await writeFile(supergraph, composeShop(subgraphPort));

  const broadcast = async (): Promise<Contestant> => {
    const process = run(SERVER_CORE, [join(HERE, 'broadcast-process.ts')], { NODE_ENV: 'production' });
    const { port } = await process.told<Ready>('ready');
    const publish = (times: number, size: number): Promise<void> => {
      process.tell({ kind: 'broadcast', text: frameText(size), times } satisfies Broadcast);
      return Promise.resolve();
    };
    return {
      name: 'ws',
      process,
      port,
      path: '/',
      hello: () => [[]],
      publish,
      subscribed: () => Promise.resolve(null),
    };
  };

  const supercargo = async (): Promise<Contestant> => {
    const port = await freePort();
    const env = {
      NODE_ENV: '',
      ROLES: 'gateway',
      SUPERGRAPH: supergraph,
      REDIS_URL: server.url,
      PORT: String(port),
      DATA_DIR: directory,
      LOG_LEVEL: 'error',
      HEARTBEAT_MS: String(HEARTBEAT),
    };
    const process = run(SERVER_CORE, [...NODE_ARGUMENTS, 'main.ts'], env);
    const { auth } = readConfig(env, ROOT);
    const tokens = await Promise.all(
      Array.from({ length: PEOPLE }, (_, person) =>
        issueDevelopmentToken(auth, directory, claimsOf(person), 3_600 + person),
      ),
    );
    const metric = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^supercargo_live_subscriptions\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    await until(() => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok), 'supercargo');
    return {
      name: 'supercargo',
      process,
      port,
      path: '/graphql',
      hello: (variant) => tokens.map((token) => [initialise(token), subscribe(variant)]),
      publish: async (events, size) => {
        const messages = Array.from({ length: events }, (_, index) => {
          const id = String(index).padStart(4, '0');
          const item = { __typename: 'Item', ...itemOf(id, size) };
          return { topic: 'item', tenant: TENANT, match: { id }, data: { item } };
        });
        await publishLive(redis, messages);
      },
      subscribed: metric,
    };
  };

  const hive = async (): Promise<Contestant> => {
    const port = await freePort();
    const args = [
      'node_modules/@graphql-hive/gateway/dist/bin.js',
      'supergraph',
      supergraph,
      '--config-path',
      'hive.config.mjs',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--fork',
      '1',
    ];
    const process = run(SERVER_CORE, args, { NODE_ENV: 'production' }, join(ROOT, 'bench/peers'));
    await until(() => fetch(`http://127.0.0.1:${port}/readiness`).then(({ ok }) => ok), 'hive');
    const ids = (events: number): string[] =>
      Array.from({ length: events }, (_, index) => String(index).padStart(4, '0'));
    return {
      name: 'hive',
      process,
      port,
      path: '/graphql',
      hello: (variant) => [[initialise(null), subscribe(variant)]],
      publish: (events, size) => {
        subgraphs.tell({ kind: 'publish', ids: ids(events), size } satisfies PublishItems);
        return Promise.resolve();
      },
      subscribed: async () => Number(await (await fetch(`http://127.0.0.1:${subgraphPort}/`)).text()),
    };
  };

  const starts: Readonly<Record<string, () => Promise<Contestant>>> = { ws: broadcast, supercargo, hive };
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.stop()));
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const keepOn = stopOnSignal(stop);
  return {
    redis,
    start: (name) => {
      const start = starts[name];
      if (!start)
        throw new Error(`there is no contestant "${name}": expected ${Object.keys(starts).join(', ')}`);
      return start();
    },
    receivers: async () => {
      const receivers = run(CLIENT_CORE, [join(HERE, 'receiver-process.ts')], {});
      // What it is told before it listens is lost.
      await receivers.told<Told>('ready');
      return receivers;
    },
    stop: async () => {
      keepOn();
      await stop();
    },
  };
}

interface Ready {
  readonly kind: 'ready';
  readonly port: number;
}

function initialise(token: string | null): string {
  const payload = token === null ? {} : { payload: { Authorization: `Bearer ${token}` } };
  return JSON.stringify({ type: 'connection_init', ...payload });
}

function subscribe(variant: number): string {
  return JSON.stringify({ id: '@ID@', type: 'subscribe', payload: { query: selection(variant) } });
}

/** What a receiver gets of one event, byte for byte but for its id. */
function frameText(size: number): string {
  const item = { ...itemOf('0000', size), price: 12.5, stock000: 7 };
  const payload = { data: { itemChanged: { cursor: '1700000000000-0', item } } };
  return JSON.stringify({ id: '00000000-0000-4000-8000-000000000000', type: 'next', payload });
}

function claimsOf(person: number): Record<string, unknown> {
  return {
    sub: `person-${person}`,
    tenant: TENANT,
    org_kind: 'SHIPPER',
    roles: ['viewer'],
    scope: 'graph:read',
  };
}

/** What measures and what is asked share a core; what is measured has the other one. */
function pinSelf(): void {
  spawnSync('taskset', ['-a', '-p', '-c', String(CLIENT_CORE), String(process.pid)], { stdio: 'ignore' });
}

export async function until(holds: () => Promise<boolean>, what: string, timeout = 60_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
