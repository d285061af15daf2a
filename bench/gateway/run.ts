import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { composeSupergraph } from '#supergraph/compose.ts';
import { load, type LoadResult } from './load.ts';
import { freePort, startPinned, type Pinned } from './process.ts';
import { runOwnBench } from './own.ts';
import { NODE_ARGUMENTS } from '../server-process.ts';
import { QUERY, QUERY_WITH_VARIABLE, SDL } from './shop.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
const GATEWAY_CORE = 0;
const LOAD_CORE = 1;

/** How many times the users of the usual answer make one of 1 MB. */
const LARGE = '21';

const SAME = JSON.stringify({ query: QUERY });

/** The body of the n-th request, by variant. */
const BODIES: Readonly<Record<string, (index: number) => string>> = {
  same: () => SAME,
  large: () => SAME,
  distinct: (index) => JSON.stringify({ query: QUERY_WITH_VARIABLE, variables: { id: `none-${index}` } }),
};

let sent = 0;

/** Goes on counting from one turn to the next. */
function distinct(bodyOf: (index: number) => string): (index: number) => string {
  return () => bodyOf((sent += 1));
}

interface Contestant {
  readonly name: string;
  readonly path: string;
  readonly start: (port: number) => Pinned;
}

interface Measured {
  readonly contestant: Contestant;
  readonly port: number;
  readonly pinned: Pinned;
  readonly runs: (LoadResult & { readonly cpu: number })[];
}

/**
 * Measures gateways one after the other, in turns, in front of the same subgraphs.
 * Options: `--seconds 5 --turns 3 --connections 50 --only NAME,NAME --delay MS --variant same|distinct|large|own`.
 */
export async function runGatewayBench(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: 'string', default: '5' },
      turns: { type: 'string', default: '3' },
      connections: { type: 'string', default: '50' },
      delay: { type: 'string', default: '0' },
      only: { type: 'string' },
      variant: { type: 'string', default: 'same' },
    },
  });
  const { variant } = values;
  if (variant === 'own') return runOwnBench(values);
  const bodyOf = BODIES[variant];
  if (!bodyOf)
    throw new Error(`there is no variant "${variant}": expected ${Object.keys(BODIES).join(', ')} or own`);
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  const subgraphPort = await freePort();
  const running: Pinned[] = [];
  try {
    const supergraph = join(directory, 'supergraph.graphql');
    await writeFile(supergraph, composeShop(subgraphPort));
    const subgraphs = ['--import', 'tsx', join(HERE, 'subgraphs.ts'), String(subgraphPort), values.delay];
    running.push(
      startPinned(
        LOAD_CORE,
        subgraphs,
        { NODE_ENV: 'production', SHOP_COPIES: variant === 'large' ? LARGE : '1' },
        ROOT,
      ),
    );
    await until(() => fetch(`http://127.0.0.1:${subgraphPort}/count`), 'the subgraphs');
    const wanted = values.only?.split(',');
    const contestants = contestantsFor(supergraph, directory).filter(
      ({ name }) => wanted?.includes(name) ?? true,
    );
    const measured = await startAll(contestants, running, bodyOf(0));
    pinSelf();
    const seconds = Number(values.seconds);
    const connections = Number(values.connections);
    for (const { port, contestant } of measured) await load(port, contestant.path, bodyOf, connections, 3);
    for (let turn = 0; turn < Number(values.turns); turn += 1) {
      for (const { port, contestant, pinned, runs } of measured) {
        const before = await pinned.cpu();
        const result = await load(port, contestant.path, distinct(bodyOf), connections, seconds);
        runs.push({ ...result, cpu: (await pinned.cpu()) - before });
      }
    }
    await print(measured);
  } finally {
    await Promise.all(running.map((one) => one.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

function composeShop(port: number): string {
  const composition = composeSupergraph(
    Object.entries(SDL).map(([name, sdl]) => ({ name, path: `${name}.graphql`, sdl })),
  );
  if (composition.errors) throw new Error(composition.errors.join('\n'));
  return composition.sdl.replace(
    /@join__graph\(name: "(\w+)", url: "[^"]*"\)/g,
    (_, name: string) => `@join__graph(name: "${name}", url: "http://127.0.0.1:${port}/${name}")`,
  );
}

function contestantsFor(supergraph: string, directory: string): Contestant[] {
  const peers = join(ROOT, 'bench/peers');
  const supercargo = (name: string, singleFlight: string): Contestant => ({
    name,
    path: '/graphql',
    start: (port) =>
      startPinned(
        GATEWAY_CORE,
        [...NODE_ARGUMENTS, '--import', 'tsx', 'main.ts'],
        {
          NODE_ENV: '',
          ROLES: 'gateway',
          SUPERGRAPH: supergraph,
          PUBLIC_ACCESS: 'on',
          PORT: String(port),
          DATA_DIR: directory,
          LOG_LEVEL: 'error',
          QUERY_SINGLE_FLIGHT: singleFlight,
        },
        ROOT,
      ),
  });
  const hive = (name: string, deduplicate: string): Contestant => ({
    name,
    path: '/graphql',
    start: (port) =>
      startPinned(
        GATEWAY_CORE,
        [
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
        ],
        { NODE_ENV: 'production', DEDUPLICATE: deduplicate },
        peers,
      ),
  });
  return [
    supercargo('supercargo', 'off'),
    supercargo('supercargo+single-flight', 'on'),
    {
      name: 'apollo',
      path: '/',
      start: (port) =>
        startPinned(
          GATEWAY_CORE,
          ['apollo.mjs', supergraph, String(port)],
          { NODE_ENV: 'production' },
          peers,
        ),
    },
    hive('hive', 'off'),
    hive('hive+dedup', 'on'),
  ];
}

async function startAll(
  contestants: readonly Contestant[],
  running: Pinned[],
  body: string,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  let expected: string | undefined;
  for (const contestant of contestants) {
    const port = await freePort();
    const pinned = contestant.start(port);
    running.push(pinned);
    const ask = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${contestant.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    await until(async () => {
      const response = await ask();
      await response.arrayBuffer();
      return response.ok ? response : Promise.reject(new Error(`answers ${response.status}`));
    }, contestant.name);
    const text = await (await ask()).text();
    const answer = canonical(JSON.parse(text));
    expected ??= answer;
    if (answer !== expected)
      throw new Error(`${contestant.name} gives another answer than ${contestants[0]?.name}`);
    process.stdout.write(`${contestant.name} is up, its answer has ${text.length} bytes\n`);
    measured.push({ contestant, port, pinned, runs: [] });
  }
  return measured;
}

/** A value with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

async function until(attempt: () => Promise<Response>, what: string, timeout = 60_000): Promise<void> {
  const end = Date.now() + timeout;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what} did not start in time`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The load shares its core with the subgraphs, never with a gateway. */
function pinSelf(): void {
  if (availableParallelism() < 2)
    throw new Error('the bench needs two cores: one for the gateways, one for the rest');
  spawnSync('taskset', ['-a', '-p', '-c', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function print(measured: readonly Measured[]): Promise<void> {
  const rows = await Promise.all(
    measured.map(async ({ contestant, pinned, runs }) => ({
      name: contestant.name,
      rate: median(runs.map(({ requests, seconds }) => requests / seconds)),
      cost: median(runs.map(({ requests, cpu }) => (cpu * 1_000) / Math.max(requests, 1))),
      busy: median(runs.map(({ cpu, seconds }) => (cpu / seconds) * 100)),
      p50: median(runs.map(({ p50 }) => p50)),
      p99: median(runs.map(({ p99 }) => p99)),
      failures: runs.reduce((sum, run) => sum + run.failures, 0),
      peak: await pinned.peak(),
    })),
  );
  const apollo = rows.find(({ name }) => name === 'apollo');
  const columns = [
    'gateway',
    'req/s',
    '× apollo',
    'CPU ms/req',
    '× apollo',
    'CPU %',
    'p50 ms',
    'p99 ms',
    'MB',
    'failed',
  ];
  const table = [
    columns,
    ...rows.map(({ name, rate, cost, busy, p50, p99, peak, failures }) => [
      name,
      rate.toFixed(0),
      apollo ? (rate / apollo.rate).toFixed(1) : '',
      cost.toFixed(3),
      apollo ? (apollo.cost / cost).toFixed(1) : '',
      busy.toFixed(0),
      p50.toFixed(1),
      p99.toFixed(1),
      peak.toFixed(0),
      String(failures),
    ]),
  ];
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`${cells.join('  ')}\n`);
  }
}
