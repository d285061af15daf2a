import pg from 'pg';
import { DEMO_TENANT_REGIONS } from '#platform/auth/personas.ts';

/**
 * Binds the data of demo tenants to their regions; what is said of a tenant already stays.
 *
 * @param databaseUrl the owner's URL: nobody else may say it
 */
export async function seedTenancy(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO tenancy.tenant (id, region)
       SELECT key::uuid, value FROM jsonb_each_text($1::jsonb) ON CONFLICT (id) DO NOTHING`,
      [JSON.stringify(DEMO_TENANT_REGIONS)],
    );
  } finally {
    await client.end();
  }
}
