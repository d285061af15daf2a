import pg from 'pg';
import { STORING_SUBGRAPHS } from '../config.ts';
import { loginRole } from './urls.ts';

const LOCK = 7_252_011;

/**
 * Makes sure that every storing subgraph has its login role, granted its own schema and nothing else. To be run
 * after the migrations, by the database's owner; running it again changes nothing.
 * @param databaseUrl the owner's URL; the owner must be allowed to create roles
 */
export async function ensureLoginRoles(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    for (const subgraph of STORING_SUBGRAPHS) {
      const role = loginRole(databaseUrl, subgraph);
      const name = pg.escapeIdentifier(role.name);
      const schema = pg.escapeIdentifier(subgraph);
      const exists = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role.name]);
      // ALTER as well as CREATE: the owner's password, from which this one derives, may have changed.
      await client.query(
        `${exists.rowCount ? 'ALTER' : 'CREATE'} ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
           NOBYPASSRLS PASSWORD ${pg.escapeLiteral(role.password)};
         ALTER ROLE ${name} SET search_path = ${schema};
         GRANT USAGE ON SCHEMA ${schema} TO ${name};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${name};
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name};
         REVOKE ALL ON SCHEMA public FROM ${name};`,
      );
    }
    // Otherwise every role may make objects in `public` and temporary tables anywhere (PUBLIC's own grants).
    await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
