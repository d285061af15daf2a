import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SUBGRAPHS, shopSupergraph } from '#supergraph/test/shop.ts';
import { remoteTestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { processesOf, runCommand, type Command, type Ending } from './harness/command.ts';
import { ask, type GraphQLAnswer } from './harness/system.ts';

/** Everything stops within this, as promised. */
const STOP_LIMIT = 10_000;
const SECOND_START_LIMIT = 5_000;
const START_LIMIT = 60_000;
/** Debian's program that runs a command in a terminal of its own. */
const TERMINAL = '/usr/bin/script';
const READY = /^ready (http:\/\/127\.0\.0\.1:\d+)\/graphql$/;

let directory: string;
/** Lives through most tests, as a person's does. */
let data: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supercargo-command-'));
  data = join(directory, 'data');
});
afterAll(async () => {
  await endAll();
  await rm(directory, { recursive: true, force: true });
});

/** Ends what a failed test has left. */
async function endAll(): Promise<void> {
  for (let left = processesOf(directory); left.length > 0; left = processesOf(directory)) {
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function npm(args: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  return runCommand('npm', args, { DATA_DIR: data, PORT: '0', LOG_LEVEL: 'warn', ...env });
}

const npmStart = (env: Readonly<Record<string, string>> = {}): Command => npm(['start'], env);

/** Waits until it is ready. */
async function origin(command: Command): Promise<string> {
  const [, url] = await command.line(READY);
  return url as string;
}

/** The token that the start printed for a persona. */
function printedToken({ output }: Command, persona: string): string {
  const at = output.findIndex((line) => line.startsWith(`  ${persona}: `));
  return output[at + 1]?.trim() ?? '';
}

/** As a service manager does. */
const term = (command: Command): void => command.signal('SIGTERM');
/** As a terminal does. */
const controlC = (command: Command): void => command.signalGroup('SIGINT');

/** Expects that a command stops as asked: in time, without an error, and with all that it started. */
async function expectCleanEnd(command: Command, stop: (command: Command) => void = term): Promise<void> {
  const begun = performance.now();
  stop(command);
  await command.exited;
  const left = processesOf(directory);
  expect(performance.now() - begun).toBeLessThan(STOP_LIMIT);
  const { code, signal, complaints } = await command.ended;
  expect({ code, signal, complaints, left }).toEqual({ code: 0, signal: null, complaints: [], left: [] });
}

/** Expects that a command gives up with one line and leaves nothing running. */
async function expectRefusal(command: Command, line: RegExp): Promise<Ending> {
  await command.exited;
  const left = processesOf(command.env.DATA_DIR as string);
  const ending = await command.ended;
  const { code, complaints } = ending;
  expect({ code, complaints, left }).toEqual({
    code: 1,
    complaints: [expect.stringMatching(line)],
    left: [],
  });
  return ending;
}

/**
 * Milliseconds during which something on this machine had to wait for a processor (0 where the kernel doesn't tell):
 * what a crowded machine adds to a start isn't the start's.
 */
async function crowdedTime(): Promise<number> {
  const pressure = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '');
  return Number(/^some .*total=(\d+)/.exec(pressure)?.[1] ?? 0) / 1_000;
}

const graphql = <Data>(url: string, query: string, token?: string): Promise<GraphQLAnswer<Data>> =>
  ask<Data>(`${url}/graphql`, query, {}, token);

describe('npm start', { timeout: START_LIMIT }, () => {
  afterEach(endAll);

  // In this order: each comes further than the one before.
  it.each([
    ['while the database is being created', /^creating a PostgreSQL/, 'initdb', term],
    ['when the tables are made', /^migrated: /, 'redis-server', term],
    ['when the services run', /^PostgreSQL runs on/, 'postgres', controlC],
  ])('stopped %s leaves nothing running, and is not harmed by it', async (_when, line, program, stop) => {
    const command = npmStart();
    await command.line(line);
    const running = (): boolean => processesOf(directory).some((each) => each.command.includes(program));
    await expect.poll(running, { interval: 5 }).toBe(true);
    await expectCleanEnd(command, stop);
  });

  it.skipIf(!existsSync(TERMINAL))('ends with the terminal that it runs in', async () => {
    const terminal = runCommand(TERMINAL, ['-qfec', 'npm start', '/dev/null'], { DATA_DIR: data, PORT: '0' });
    await terminal.line(/^PostgreSQL runs on/);
    terminal.signal('SIGKILL');
    await expect.poll(() => processesOf(directory), { timeout: STOP_LIMIT }).toEqual([]);
  });

  it('ends with the ready line, having printed the URLs and tokens that work', async () => {
    const command = npmStart();
    const url = await origin(command);
    expect(command.output.at(-1)).toBe(`ready ${url}/graphql`);
    expect(command.output).toContainEqual(expect.stringMatching(`${url}/ingest/dcsa/v2/events$`));
    const created = await graphql<{ createShipment: { __typename: string } }>(
      url,
      `
        mutation {
          createShipment(
            input: { reference: "KEPT", carrierScac: "HLCU", origin: "CNSHA", destination: "NLRTM" }
            idempotencyKey: "kept"
          ) {
            __typename
          }
        }
      `,
      printedToken(command, 'aurora-operations'),
    );
    expect(created).toEqual({ data: { createShipment: { __typename: 'ShipmentCreated' } } });
    const rfqs = await graphql(
      url,
      '{ rfqs(first: 1) { edges { cursor } } }',
      printedToken(command, 'carrier-hlcu'),
    );
    expect(rfqs.errors).toBeUndefined();
    await expectCleanEnd(command);
  });

  it('is fast the second time and has kept its data', async () => {
    const [begun, crowded] = [performance.now(), await crowdedTime()];
    const command = npmStart();
    const url = await origin(command);
    expect(performance.now() - begun - ((await crowdedTime()) - crowded)).toBeLessThan(SECOND_START_LIMIT);
    const answer = await graphql(
      url,
      '{ shipmentByReference(reference: "KEPT") { status carrier { name } } }',
      printedToken(command, 'aurora-operations'),
    );
    expect(answer).toEqual({
      data: { shipmentByReference: { status: 'BOOKED', carrier: { name: 'Hapag-Lloyd' } } },
    });
    // Twice, as impatient people do.
    await expectCleanEnd(command, () => {
      controlC(command);
      controlC(command);
    });
  });

  it('takes over what a killed one has left running', async () => {
    const killed = npmStart();
    await origin(killed);
    const node = processesOf(directory).find(({ command }) => command.endsWith('main.ts'));
    process.kill(node?.pid ?? 0, 'SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(processesOf(directory).map(({ command }) => command)).toContainEqual(
      expect.stringContaining('redis'),
    );

    const next = npmStart();
    const url = await origin(next);
    expect(next.output.filter((line) => line.startsWith('took over '))).toHaveLength(2);
    const answer = await graphql(
      url,
      '{ shipmentByReference(reference: "KEPT") { reference } }',
      printedToken(next, 'aurora-buyer'),
    );
    expect(answer).toEqual({ data: { shipmentByReference: { reference: 'KEPT' } } });
    await expectCleanEnd(next);
  });

  it('with ROLES=tracking serves that subgraph alone', async () => {
    const command = npmStart({ ROLES: 'tracking' });
    const url = await origin(command);
    const token = printedToken(command, 'aurora-operations');
    const query = '{ shipmentByReference(reference: "KEPT") { carrier { scac } } }';
    const expected = { data: { shipmentByReference: { carrier: { scac: 'HLCU' } } } };
    expect(await graphql(url, query, token)).toEqual(expected);
    expect(await ask(`${url}/tracking/graphql`, query, {}, token)).toEqual(expected);
    // What another subgraph adds isn't here.
    const { errors } = await graphql(
      url,
      '{ shipmentByReference(reference: "KEPT") { carrier { name } } }',
      token,
    );
    expect(errors?.[0]?.message).toContain('Cannot query field "name"');
    await expectCleanEnd(command);
  });

  it('as a gateway alone serves any supergraph, without Postgres and Redis', async () => {
    const subgraphs = await Promise.all(SHOP_SUBGRAPHS.map(remoteTestSubgraph));
    const supergraph = join(directory, 'shop.graphql');
    await writeFile(supergraph, shopSupergraph());
    const urls = subgraphs.map(({ name, url }) => [`SUBGRAPH_${name.toUpperCase()}_URL`, url]);
    try {
      const command = npmStart({
        ROLES: 'gateway',
        SUPERGRAPH: supergraph,
        PUBLIC_ACCESS: 'on',
        DATA_DIR: join(directory, 'gateway'),
        ...(Object.fromEntries(urls) as Record<string, string>),
      });
      const url = await origin(command);
      expect(await graphql(url, '{ product(id: "1") { name rating maker { country } } }')).toMatchObject({
        data: { product: { name: 'Product 1', maker: { country: 'Country of m1' } } },
      });
      expect(processesOf(directory).filter(({ command: text }) => /postgres|redis/.test(text))).toEqual([]);
      await expectCleanEnd(command);
    } finally {
      await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
    }
  });
});

describe.concurrent('npm start refuses with one line', { timeout: START_LIMIT }, () => {
  const startIn = (name: string, env: Readonly<Record<string, string>>): Command =>
    npmStart({ DATA_DIR: join(directory, name), ...env });

  it('a port that is in use, before starting anything', async ({ expect }) => {
    const occupier = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => occupier.once('listening', resolve));
    const port = String((occupier.address() as AddressInfo).port);
    const line = new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program uses it.*PORT`);
    const { output } = await expectRefusal(startIn('port', { PORT: port }), line);
    occupier.close();
    expect(output).toEqual([]);
    expect(existsSync(join(directory, 'port'))).toBe(false);
  });

  it('a data directory that cannot be written', async () => {
    await expectRefusal(npmStart({ DATA_DIR: '/dev/null/x' }), /\/dev\/null\/x .*DATA_DIR/);
  });

  it('a machine without Redis, naming the choices', async () => {
    const path = join(directory, 'bin');
    await mkdir(path);
    await symlink(process.execPath, join(path, 'node'));
    // With them PostgreSQL is started as another user where this one is root.
    for (const tool of ['setpriv', 'true'].map((name) => join('/usr/bin', name))) {
      if (existsSync(tool)) await symlink(tool, join(path, basename(tool)));
    }
    const env = { DATA_DIR: data, PORT: '0', PATH: path };
    const command = runCommand(process.execPath, ['--import', 'tsx', 'main.ts'], env);
    await expectRefusal(command, /no Redis found.*install redis-server or valkey-server, or set REDIS_URL/);
  });

  it.each([
    ['PORT', 'abc', /PORT is "abc": expected a whole number/],
    ['ROLES', 'x', /ROLES names "x": expected a comma list of .*gateway/],
    ['DATABASE_URL', 'postgresql://someone:secret@127.0.0.1:1/nowhere', /^(?!.*secret).*127\.0\.0\.1:1/],
    ['SUPERGRAPH', 'nowhere.graphql', /nowhere\.graphql can't be served/],
  ])('the setting %s=%s', async (name, value, line) => {
    const roles = name === 'SUPERGRAPH' ? { ROLES: 'gateway' } : {};
    await expectRefusal(startIn(name, { ...roles, [name]: value }), line);
  });
});

describe.concurrent('npm run token', { timeout: START_LIMIT }, () => {
  const token = (...args: readonly string[]): Command =>
    npm(['run', '-s', 'token', '--', ...args], { DATA_DIR: join(directory, args.join()) });

  it('prints one token and nothing else', async ({ expect }) => {
    const { code, output, complaints } = await token('aurora-viewer').ended;
    expect({ code, complaints }).toEqual({ code: 0, complaints: [] });
    expect(output).toEqual([expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/)]);
  });

  it('lists the personas', async ({ expect }) => {
    const { code, output } = await token('--list').ended;
    expect(code).toBe(0);
    expect(output).toContainEqual(expect.stringMatching(/^aurora-viewer +reads only/));
  });

  it('refuses an unknown persona with one line', async () => {
    await expectRefusal(token('captain-nemo'), /no persona "captain-nemo": expected one of aurora-admin/);
  });
});
