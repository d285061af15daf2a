import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { ConfigError, readConfig } from '#platform/config.ts';
import { createDeadLetters } from '#subgraphs/tracking/dead-letters.ts';
import type { DeadLetter, DeadLetters } from '#subgraphs/tracking/dead-letters.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const USAGE = `Usage: npm run -s dlq -- list [COUNT]
       npm run -s dlq -- show ID
       npm run -s dlq -- replay ID… | --all
       npm run -s dlq -- discard ID…`;

const root = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_COUNT = 20;
const ALL = 1_000_000;

/** Looks into the events that could not be applied, puts them back, or forgets them. */
async function main([command, ...rest]: readonly string[]): Promise<void> {
  const config = readConfig(process.env, root);
  if (config.redisUrl !== null) return run(config.redisUrl, command, rest);
  const { dataDirectory } = config;
  // Joins the services that `npm start` has running, or starts them for as long as it takes.
  const services = await startLocalServices({ dataDirectory, postgres: false, redis: true, log: () => {} });
  try {
    await run(services.redisUrl ?? '', command, rest);
  } finally {
    await services.stop();
  }
}

async function run(url: string, command: string | undefined, rest: readonly string[]): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    const letters = createDeadLetters(redis);
    if (command === 'list') await list(letters, Number(rest[0] ?? DEFAULT_COUNT));
    else if (command === 'show') await show(letters, rest[0] ?? '');
    else if (command === 'replay') {
      const ids = rest.includes('--all') ? (await letters.list(ALL, null)).map(({ id }) => id) : rest;
      await each(ids, 'replayed', letters.replay);
    } else if (command === 'discard') await each(rest, 'discarded', letters.discard);
    else throw new Error(USAGE);
  } finally {
    redis.disconnect();
  }
}

async function list(letters: DeadLetters, count: number): Promise<void> {
  if (!Number.isInteger(count) || count < 1) throw new Error(USAGE);
  const found = await letters.list(count, null);
  if (found.length === 0) console.log('there are no dead letters');
  for (const letter of found) console.log(`${letter.id}  ${headOf(letter)}`);
}

async function show(letters: DeadLetters, id: string): Promise<void> {
  const letter = await letters.find(id);
  if (!letter) throw new Error(`There is no dead letter "${id}".`);
  console.log(`${headOf(letter)}\npartition ${letter.partition}\n${letter.message.toString('utf8')}`);
}

function headOf({ failedAt, attempts, error }: DeadLetter): string {
  return `${failedAt.toISOString()}  ${attempts} attempts  ${error.replace(/\s+/g, ' ').trim()}`;
}

async function each(
  ids: readonly string[],
  done: string,
  work: (id: string) => Promise<boolean>,
): Promise<void> {
  if (ids.length === 0) throw new Error(USAGE);
  for (const id of ids) console.log(`${id} ${(await work(id)) ? done : 'is not there'}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof LocalServiceError;
  console.error(error instanceof Error ? (isExpected ? `dlq: ${error.message}` : error.message) : error);
  process.exitCode = 1;
});
