import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig, type Config } from '#platform/config.ts';
import { openDatabase } from '#platform/database/database.ts';
import { MigrationError } from '#platform/database/migration-errors.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { loginUrl } from '#platform/database/urls.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import { seedDemo } from '#prisma/seed/seed-demo.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const print = (line: string): void => console.log(line);

/** Migrates and seeds the database of DATABASE_URL, or the embedded one in DATA_DIR, started for as long as it takes. */
async function main(): Promise<void> {
  const config = readConfig(process.env, root);
  if (config.databaseUrl !== null) return seed(config, config.databaseUrl);
  const { dataDirectory } = config;
  const services = await startLocalServices({ dataDirectory, postgres: true, redis: false, log: print });
  const stop = (): void => void services.stop().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await seed(config, services.databaseUrl ?? '');
  } finally {
    await services.stop();
  }
}

async function seed(settings: Config, databaseUrl: string): Promise<void> {
  const config: Config = { ...settings, databaseUrl };
  await prepareDatabase({
    databaseUrl,
    migrationsDirectory: path.join(root, 'prisma/migrations'),
    log: print,
  });
  const log = createLog(config.logLevel);
  const metrics = createMetrics(false);
  const added = await seedDemo(
    {
      config,
      openDatabase: (login) => openDatabase({ url: loginUrl(config, login), subgraph: login, metrics, log }),
    },
    print,
  );
  if (!added) print('the demo data is there already');
}

try {
  await main();
} catch (error) {
  const isExpected =
    error instanceof ConfigError || error instanceof MigrationError || error instanceof LocalServiceError;
  if (!isExpected) throw error;
  console.error(`seed: ${error.message}`);
  process.exitCode = 1;
}
