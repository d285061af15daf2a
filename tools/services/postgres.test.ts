import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processStart } from '../ownership.mjs';
import type { LocalServer } from './local-server.ts';
import { startPostgres } from './postgres.ts';

let directory: string;
let server: LocalServer;

beforeAll(async () => {
  // Closed to every other user, as the home directory of root is.
  directory = mkdtempSync(path.join(tmpdir(), 'supercargo-postgres-test-'));
  server = await startPostgres({ directory, durable: false });
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Session id of a process: field 6 of its stat line. */
function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}

test('runs out of reach of the terminal and of other machines', async () => {
  expect(sessionOf(server.pid)).not.toBe(sessionOf(process.pid));
  expect(await query('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await query('SELECT DISTINCT auth_method FROM pg_hba_file_rules')).toEqual([
    { auth_method: 'scram-sha-256' },
  ]);
});

test('comes back after a crash on the same port, with its data', async () => {
  await query('CREATE TABLE kept (id int)');
  const { port, pid } = server;
  await server.kill();
  expect(await server.ended).toBe('killed by SIGKILL');
  await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
  server = await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(await query('SELECT * FROM kept')).toEqual([]);
});

test('names the port when it is in use', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  try {
    const elsewhere = path.join(directory, 'elsewhere');
    await expect(startPostgres({ directory: elsewhere, port, durable: false })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} of 127.0.0.1 is in use: PostgreSQL can't listen on it`,
    });
  } finally {
    squatter.close();
  }
});

test(
  'a frozen server is ended within six seconds, with everything it had started',
  { timeout: 15_000 },
  async () => {
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    expect(children.length).toBeGreaterThan(2);
    for (const pid of [server.pid, ...children]) process.kill(pid, 'SIGSTOP');
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(processStart(server.pid)).toBeUndefined();
    await expect.poll(() => children.map(processStart).filter(Boolean)).toEqual([]);
  },
);
