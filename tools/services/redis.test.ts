import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processStart } from '../ownership.mjs';
import { startRedis } from './redis.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'supercargo redis "test" '));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function command(url: string, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url, { retryStrategy: null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

test('keeps data across a restart on the same port only when asked to', async () => {
  for (const appendOnly of [true, false]) {
    const first = await startRedis({ directory, appendOnly });
    await command(first.url, 'SET', 'kept', 'yes');
    const second = await first.restart();
    expect(second.url).toBe(first.url);
    expect(processStart(first.pid)).toBeUndefined();
    expect(await command(second.url, 'GET', 'kept')).toBe(appendOnly ? 'yes' : null);
    await second.kill();
    expect(await second.ended).toBe('killed by SIGKILL');
    await second.stop();
  }
});

test('names the port when it is in use', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  try {
    await expect(startRedis({ directory, port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} of 127.0.0.1 is in use: Redis can't listen on it`,
    });
  } finally {
    squatter.close();
  }
});
