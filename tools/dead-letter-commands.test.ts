import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { bury, createDeadLetters } from '#subgraphs/tracking/dead-letters.ts';
import { GROUP, streamKey } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { runDeadLetterCommand } from './dead-letter-commands.ts';
import { startRedis } from './services/redis.ts';

it('lists, shows, replays and discards dead letters', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-dlq-'));
  const server = await startRedis({ directory, appendOnly: false });
  const redis = new Redis(server.url);
  const run = async (...words: string[]): Promise<string[]> => {
    const lines: string[] = [];
    await runDeadLetterCommand(createDeadLetters(redis), words, (line) => lines.push(line));
    return lines;
  };
  try {
    expect(await run('list')).toEqual(['there are no dead letters']);
    const stream = streamKey(3);
    await redis.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM');
    for (const message of ['first', 'second', 'third']) {
      const id = (await redis.xadd(stream, '*', 'k', '', 'm', message)) ?? '';
      await bury(redis, 3, id, new Error(`can't read\n${message}`), 5);
    }
    const listed = await run('list');
    expect(listed).toHaveLength(3);
    expect(await run('list', '1')).toEqual(listed.slice(0, 1));
    const [third = '', second = '', first = ''] = listed.map((line) => line.split(' ')[0] ?? '');
    expect(listed[2]).toMatch(/^\d+-\d+ {2}20\S+Z {2}5 attempts {2}can't read first$/);
    expect((await run('show', first))[0]?.split('\n').slice(1)).toEqual(['partition 3', 'first']);

    expect(await run('replay', first, '1-1')).toEqual([`${first} replayed`, '1-1 is not there']);
    expect(await redis.xrange(stream, '-', '+')).toMatchObject([
      [expect.any(String), ['k', '', 'm', 'first']],
    ]);
    expect(await run('discard', second)).toEqual([`${second} discarded`]);
    expect(await run('discard', second)).toEqual([`${second} is not there`]);
    expect(await run('replay', '--all')).toEqual([`${third} replayed`]);
    expect(await redis.xlen(stream)).toBe(2);
    expect(await run('list')).toEqual(['there are no dead letters']);

    await expect(run('show', first)).rejects.toThrow(`There is no dead letter "${first}".`);
    for (const words of [[], ['lost'], ['list', 'x'], ['replay'], ['discard']])
      await expect(run(...words)).rejects.toThrow('Usage: npm run -s dlq');
  } finally {
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
