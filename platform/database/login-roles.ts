import pg from 'pg';
import { DATABASE_LOGINS, type DatabaseLogin } from '../config.ts';
import { loginRole } from './urls.ts';

/** What a login role may do. */
interface Access {
  /** The schemas of whose tables it reads and writes rows: what its callers' policies allow. */
  readonly schemas: readonly string[];
  /** Tables of these schemas that it may not touch. */
  readonly without?: readonly string[];
  /** Beyond that, such as a table that it only adds to. */
  readonly grants?: readonly string[];
  /** Tenant-owned tables whose rows it sees and changes for all tenants; `*` for all of its schemas'. */
  readonly allTenants?: readonly string[] | '*';
}

/** Whoever adds to the audit trail can neither read it nor change what is there. */
const AUDITING = ['USAGE ON SCHEMA audit', 'EXECUTE ON FUNCTION audit.append(uuid[], text[])'];

/** Where events wait for a shipment: those of all reporters. */
const WAITING_EVENTS = 'tracking.unmatched_event';
const LIVE_OUTBOX = 'tracking.live_outbox';

/** Whoever makes a change may tell it, to its own tenant, and see nothing of what is told. */
const TELLING = [`INSERT ON ${LIVE_OUTBOX}`];

/** Where vessels are, whoever has cargo aboard: for callers to read. */
const POSITIONS = ['tracking.position_report', 'tracking.vessel_position'];
const VESSELS_TOLD = 'tracking.vessel_told';
const LOCATING = POSITIONS.map((table) => `SELECT ON ${table}`);

/**
 * Who logs in, and what for. The roles that answer callers see what the policies in the migrations show to the caller
 * of each statement. A program that works for all tenants has a login of its own, with a policy of its own; no role
 * can become another.
 */
const ACCESS: Readonly<Record<DatabaseLogin, Access>> = {
  /** Shows a tenant's own audit trail to its auditors. */
  procurement: { schemas: ['procurement'], grants: [...AUDITING, 'SELECT ON audit.entry'] },
  tracking: {
    schemas: ['tracking'],
    without: [WAITING_EVENTS, LIVE_OUTBOX, VESSELS_TOLD, ...POSITIONS],
    grants: [...AUDITING, ...TELLING, ...LOCATING],
  },
  carriers: { schemas: ['carriers'] },
  /** Creates a caller's shipments, for which events of any reporter may be waiting. */
  registration: {
    schemas: ['tracking'],
    without: [LIVE_OUTBOX, VESSELS_TOLD, ...POSITIONS],
    grants: [...AUDITING, ...TELLING],
    allTenants: [WAITING_EVENTS],
  },
  /** The doors, the worker and the alerts: a report concerns whichever tenants' shipments it names, a vessel whomever it carries for. */
  ingestion: { schemas: ['tracking'], allTenants: '*' },
  /** Writes the demo's rows. */
  seed: { schemas: ['procurement', 'tracking'], allTenants: '*' },
  /** Adds what isn't part of a transaction to the audit trail. */
  audit: { schemas: [], grants: AUDITING },
};

/** Columns that triggers keep and policies look at, by table: no login reads or writes them. */
const OUT_OF_SIGHT: Readonly<Record<string, readonly string[]>> = {
  // A carrier that sees a request must not see who else is invited.
  'procurement.rfq': ['sent_to'],
  'procurement.lane': ['sent_to'],
};

const LOCK = 7_252_011;
const ATTRIBUTES = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';

/**
 * Makes sure that everyone who logs in has a role, and that it may do what it is for and nothing else. To be run after
 * the migrations, by the database's owner; running it again changes nothing.
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
    const tables = await readGuardedTables(client);
    const columns = await readColumnsInSight(client);
    const owner = await readOwner(client);
    const statements: string[] = [];
    for (const login of DATABASE_LOGINS) {
      const role = loginRole(databaseUrl, login);
      const exists = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role.name]);
      // Only a superuser may say these again of a role that is there.
      const attributes = exists.rowCount && !owner.superuser ? '' : ATTRIBUTES;
      statements.push(
        // ALTER as well as CREATE: the owner's password, from which this one derives, may have changed.
        `${exists.rowCount ? 'ALTER' : 'CREATE'} ROLE ${pg.escapeIdentifier(role.name)} LOGIN ${attributes}
           PASSWORD ${pg.escapeLiteral(role.password)}`,
        ...grantsOf(ACCESS[login], role.name, columns),
        ...policiesOf(login, ACCESS[login], role.name, tables),
      );
    }
    // An owner that is no superuser is held by policies, too (FORCE ROW LEVEL SECURITY): what it may do, such as
    // migrating rows, then stands in a policy that everybody can read.
    if (!owner.exempt) statements.push(...tables.flatMap((table) => openTo(table, 'owner', owner.name)));
    // Otherwise every role may make objects in `public` and temporary tables anywhere (PUBLIC's own grants).
    statements.push('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    // The audit trail is kept by years.
    statements.push('SELECT audit.ensure_year(extract(year FROM now())::int + 1)');
    await client.query(statements.join(';\n'));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

function grantsOf(
  { schemas, without = [], grants = [] }: Access,
  role: string,
  inSight: readonly TableColumns[],
): string[] {
  const name = pg.escapeIdentifier(role);
  return [
    `ALTER ROLE ${name} SET search_path = ${schemas.length > 0 ? schemas.join(', ') : "''"}`,
    ...schemas.flatMap((schema) => [
      `GRANT USAGE ON SCHEMA ${schema} TO ${name}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${name}`,
      `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name}`,
    ]),
    ...inSight
      .filter(({ schema }) => schemas.includes(schema))
      .flatMap(({ schema, table, columns }) => [
        `REVOKE SELECT, INSERT, UPDATE ON ${schema}.${table} FROM ${name}`,
        `GRANT SELECT (${columns}), INSERT (${columns}), UPDATE (${columns}) ON ${schema}.${table} TO ${name}`,
      ]),
    ...without.map((table) => `REVOKE ALL ON ${table} FROM ${name}`),
    ...grants.map((grant) => `GRANT ${grant} TO ${name}`),
    `REVOKE ALL ON SCHEMA public FROM ${name}`,
  ];
}

interface TableColumns {
  readonly schema: string;
  readonly table: string;
  /** As SQL has them in a list. */
  readonly columns: string;
}

/** The columns that may be seen of the tables that have others. */
async function readColumnsInSight(client: pg.Client): Promise<readonly TableColumns[]> {
  const { rows } = await client.query<TableColumns>(
    `SELECT nspname AS schema, relname AS table, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
     FROM jsonb_each($1::jsonb) AS hidden(name, columns)
       JOIN pg_class ON pg_class.oid = name::regclass JOIN pg_namespace ON pg_namespace.oid = relnamespace
       JOIN pg_attribute ON attrelid = pg_class.oid
     WHERE attnum > 0 AND NOT attisdropped AND NOT columns ? attname GROUP BY 1, 2`,
    [JSON.stringify(OUT_OF_SIGHT)],
  );
  return rows;
}

/** A table with row-level security. */
interface GuardedTable {
  readonly schema: string;
  readonly name: string;
  /** Its policies, and for which roles each is. */
  readonly policies: Readonly<Record<string, readonly string[]>>;
}

async function readGuardedTables(client: pg.Client): Promise<readonly GuardedTable[]> {
  const { rows } = await client.query<GuardedTable>(`
    SELECT nspname AS schema, relname AS name, coalesce((
      SELECT jsonb_object_agg(polname, ARRAY(
        SELECT rolname::text FROM pg_roles WHERE pg_roles.oid = ANY (polroles)))
      FROM pg_policy WHERE polrelid = pg_class.oid), '{}') AS policies
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relrowsecurity AND relkind IN ('r', 'p') ORDER BY 1, 2`);
  return rows;
}

function policiesOf(
  login: DatabaseLogin,
  { schemas, allTenants = [] }: Access,
  role: string,
  tables: readonly GuardedTable[],
): string[] {
  return tables.flatMap((table) => {
    const { schema, name } = table;
    const isOpen =
      schemas.includes(schema) && (allTenants === '*' || allTenants.includes(`${schema}.${name}`));
    return isOpen ? openTo(table, login, role) : [];
  });
}

/** A policy lets a role see and change everything; made or corrected only where it has to be, as that locks the table. */
function openTo({ schema, name, policies }: GuardedTable, policy: string, role: string): string[] {
  const roles = policies[policy];
  if (roles?.length === 1 && roles[0] === role) return [];
  const on = `POLICY ${policy} ON ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
  const to = pg.escapeIdentifier(role);
  return [
    roles === undefined ? `CREATE ${on} TO ${to} USING (true) WITH CHECK (true)` : `ALTER ${on} TO ${to}`,
  ];
}

interface Owner {
  readonly name: string;
  readonly superuser: boolean;
  /** From policies. */
  readonly exempt: boolean;
}

async function readOwner(client: pg.Client): Promise<Owner> {
  const { rows } = await client.query<Owner>(
    `SELECT rolname AS name, rolsuper AS superuser, rolsuper OR rolbypassrls AS exempt
     FROM pg_roles WHERE rolname = current_user`,
  );
  return rows[0] as Owner;
}
