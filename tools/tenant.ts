import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isRegionCode } from '#platform/auth/attribute-claims.ts';
import { ConfigError, readConfig } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const USAGE = `Usage: npm run -s tenant -- list
       npm run -s tenant -- bind TENANT REGION     such as EU
       npm run -s tenant -- unbind TENANT`;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Tells which tenants' data are bound to a region, and says so of a tenant, as the database's owner. */
async function main(args: readonly string[]): Promise<void> {
  const config = readConfig(process.env, root);
  if (config.databaseUrl !== null) return run(config.databaseUrl, args);
  const { dataDirectory } = config;
  // Joins the services that `npm start` has running, or starts them for as long as it takes.
  const services = await startLocalServices({ dataDirectory, postgres: true, redis: false, log: () => {} });
  try {
    await run(services.databaseUrl ?? '', args);
  } finally {
    await services.stop();
  }
}

async function run(url: string, [command, tenant = '', region = '']: readonly string[]): Promise<void> {
  if (command !== 'list' && command !== 'bind' && command !== 'unbind') throw new Error(USAGE);
  if (command !== 'list' && !isUuid(tenant)) throw new Error(`tenant "${tenant}": expected a UUID`);
  if (command === 'bind' && !isRegionCode(region)) {
    throw new Error(
      `region "${region}": expected two capital letters, such as EU, or a part of one, such as US-CA`,
    );
  }
  await prepareDatabase({ databaseUrl: url, migrationsDirectory: join(root, 'prisma/migrations') });
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    if (command === 'list') {
      const { rows } = await client.query<{ id: string; region: string }>(
        'SELECT id, region FROM tenancy.tenant WHERE region IS NOT NULL ORDER BY region, id',
      );
      for (const { id, region: bound } of rows) console.log(`${id}  ${bound}`);
      return;
    }
    const bound = command === 'bind' ? region : null;
    await client.query(
      `INSERT INTO tenancy.tenant (id, region) VALUES ($1, $2)
       ON CONFLICT (id) DO UPDATE SET region = excluded.region`,
      [tenant, bound],
    );
    console.log(bound === null ? `${tenant} is bound to no region` : `${tenant} is bound to ${bound}`);
  } finally {
    await client.end();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof LocalServiceError;
  console.error(error instanceof Error ? (isExpected ? `tenant: ${error.message}` : error.message) : error);
  process.exitCode = 1;
});
