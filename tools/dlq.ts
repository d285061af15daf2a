import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { ConfigError, readConfig } from '#platform/config.ts';
import { createDeadLetters } from '#subgraphs/tracking/dead-letters.ts';
import { runDeadLetterCommand } from './dead-letter-commands.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

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
    await runDeadLetterCommand(createDeadLetters(redis), [command ?? '', ...rest], (line) =>
      console.log(line),
    );
  } finally {
    redis.disconnect();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof LocalServiceError;
  console.error(error instanceof Error ? (isExpected ? `dlq: ${error.message}` : error.message) : error);
  process.exitCode = 1;
});
