import type { Database } from '#platform/database/database.ts';
import type { DatabaseLogin } from '#platform/config.ts';
import { knowsLogin } from '#platform/database/urls.ts';
import type { Platform } from '#platform/service.ts';
import { seedCarriers } from '#subgraphs/carriers/reference-data/seed.ts';
import { seedProcurement } from './seed-procurement.ts';
import { seedTenancy } from './seed-tenancy.ts';
import { seedTracking } from './seed-tracking.ts';

type SeedPlatform = Pick<Platform, 'config' | 'openDatabase'>;

/**
 * Brings the reference data up to date and adds the demo's rows where they are missing, with the login that may write
 * those of all tenants. Running it again changes nothing; what people have added or changed stays. What this process
 * has no login for is left out.
 *
 * @param print told what was added
 * @param now when the demo begins, if it hasn't yet; milliseconds since 1970
 * @returns whether demo rows were added
 */
export async function seedDemo(
  platform: SeedPlatform,
  print: (line: string) => void = () => {},
  now = Date.now(),
): Promise<boolean> {
  const { databaseUrl } = platform.config;
  if (databaseUrl !== null) await seedTenancy(databaseUrl);
  await using(platform, 'carriers', seedCarriers);
  const tracking = await using(platform, 'seed', (database) => seedTracking(database, now));
  const beginning = tracking?.beginning ?? now;
  const rfqs = await using(platform, 'seed', (database) => seedProcurement(database, beginning));
  const added = [
    [tracking?.added, 'shipments'],
    [rfqs, 'requests for quotation'],
  ].flatMap(([count, what]) => (count ? [`${count} ${what}`] : []));
  if (added.length > 0) print(`demo data: ${added.join(', ')}`);
  return added.length > 0;
}

async function using<T>(
  platform: SeedPlatform,
  login: DatabaseLogin,
  work: (database: Database) => Promise<T>,
): Promise<T | undefined> {
  if (!knowsLogin(platform.config, login)) return undefined;
  const database = platform.openDatabase(login);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
