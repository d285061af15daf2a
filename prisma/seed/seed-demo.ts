import type { Database } from '#platform/database/database.ts';
import type { StoringSubgraph } from '#platform/config.ts';
import type { Platform } from '#platform/service.ts';
import { seedCarriers } from '#subgraphs/carriers/reference-data/seed.ts';
import { seedProcurement } from './seed-procurement.ts';
import { seedTenancy } from './seed-tenancy.ts';
import { seedTracking } from './seed-tracking.ts';

type SeedPlatform = Pick<Platform, 'config' | 'openDatabase'>;

/**
 * Brings the reference data up to date and adds the demo's rows where they are missing, each subgraph's through its
 * own login role. Running it again changes nothing; what people have added or changed stays. Subgraphs whose
 * database this process doesn't know are left out.
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
  const tracking = await using(platform, 'tracking', (database) => seedTracking(database, now));
  const beginning = tracking?.beginning ?? now;
  const rfqs = await using(platform, 'procurement', (database) => seedProcurement(database, beginning));
  const added = [
    [tracking?.added, 'shipments'],
    [rfqs, 'requests for quotation'],
  ].flatMap(([count, what]) => (count ? [`${count} ${what}`] : []));
  if (added.length > 0) print(`demo data: ${added.join(', ')}`);
  return added.length > 0;
}

async function using<T>(
  platform: SeedPlatform,
  subgraph: StoringSubgraph,
  work: (database: Database) => Promise<T>,
): Promise<T | undefined> {
  const { databaseUrl, databaseUrls } = platform.config;
  if (databaseUrl === null && !databaseUrls.has(subgraph)) return undefined;
  const database = platform.openDatabase(subgraph);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
