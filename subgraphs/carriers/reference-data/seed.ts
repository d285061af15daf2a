import type { Database } from '#platform/database/database.ts';
import { searchText } from '../search-text.ts';
import { REFERENCE_CARRIERS } from './carriers.ts';
import { readSeaPorts, referencePorts, type ReferencePort } from './sea-ports.ts';
import { REFERENCE_VESSELS } from './vessels.ts';

/** One at a time, also across processes. */
const LOCK = 7_252_021;

/**
 * Brings the reference data of the database up to that of this version: carriers, ports with their aliases,
 * vessels. Rows that are right already aren't written, rows that somebody else added stay, unless they
 * are a port that is known here as an alias of another. To be run on every start; takes some ten statements.
 */
export async function seedCarriers(database: Database): Promise<void> {
  const ports = referencePorts(readSeaPorts());
  const client = await database.pool.connect();
  const run = (sql: string, rows: readonly object[]): Promise<unknown> =>
    client.query(sql, [JSON.stringify(rows)]);
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await run(CARRIERS, named(REFERENCE_CARRIERS));
    await run(VESSELS, named(REFERENCE_VESSELS));
    await run(MERGED_PORTS, aliasCodes(ports));
    await run(PORTS, named(ports));
    await run(STALE_ALIAS_CODES, portsWithAliases(ports));
    await run(ALIAS_CODES, aliasCodes(ports));
    await run(STALE_ALIAS_NAMES, portsWithAliases(ports));
    await run(ALIAS_NAMES, aliasNames(ports));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

function named(rows: readonly { readonly name: string }[]): readonly object[] {
  return rows.map((row) => ({ ...row, searchName: searchText(row.name) }));
}

function portsWithAliases(ports: readonly ReferencePort[]): readonly object[] {
  return ports.map(({ unlocode, aliasCodes, aliasNames }) => ({ unlocode, aliasCodes, aliasNames }));
}

function aliasCodes(ports: readonly ReferencePort[]): readonly object[] {
  return ports.flatMap(({ unlocode, aliasCodes }) => aliasCodes.map((code) => ({ code, unlocode })));
}

function aliasNames(ports: readonly ReferencePort[]): readonly object[] {
  return ports.flatMap(({ unlocode, aliasNames }) => named(aliasNames.map((name) => ({ unlocode, name }))));
}

// Each statement takes its rows as one JSON array. The comparison keeps a start from rewriting what is right already.

const CARRIERS = `
  INSERT INTO carriers.carrier AS known (id, scac, smdg_code, name, search_name, country_code)
  SELECT id, scac, "smdgCode", name, "searchName", "countryCode"
  FROM jsonb_to_recordset($1::jsonb)
    AS given(id uuid, scac text, "smdgCode" text, name text, "searchName" text, "countryCode" text)
  ON CONFLICT (id) DO UPDATE SET
    (scac, smdg_code, name, search_name, country_code) =
      (excluded.scac, excluded.smdg_code, excluded.name, excluded.search_name, excluded.country_code)
  WHERE (known.*) IS DISTINCT FROM (excluded.*)`;

const VESSELS = `
  INSERT INTO carriers.vessel AS known
    (imo, name, search_name, flag, capacity_teu, service_speed_knots, operator_id)
  SELECT imo, given.name, "searchName", flag, "capacityTeu", "serviceSpeedKnots", operator.id
  FROM jsonb_to_recordset($1::jsonb) AS given(imo text, name text, "searchName" text, flag text,
    "capacityTeu" int, "serviceSpeedKnots" float8, operator text)
  LEFT JOIN carriers.carrier AS operator ON operator.scac = given.operator
  ON CONFLICT (imo) DO UPDATE SET
    (name, search_name, flag, capacity_teu, service_speed_knots, operator_id) =
      (excluded.name, excluded.search_name, excluded.flag, excluded.capacity_teu, excluded.service_speed_knots,
       excluded.operator_id)
  WHERE (known.*) IS DISTINCT FROM (excluded.*)`;

const MERGED_PORTS = `
  DELETE FROM carriers.port
  USING jsonb_to_recordset($1::jsonb) AS given(code text)
  WHERE port.unlocode = given.code`;

const PORTS = `
  INSERT INTO carriers.port AS known
    (unlocode, name, search_name, country_code, province, latitude, longitude, time_zone)
  SELECT unlocode, name, "searchName", "countryCode", province, latitude, longitude, "timeZone"
  FROM jsonb_to_recordset($1::jsonb) AS given(unlocode text, name text, "searchName" text, "countryCode" text,
    province text, latitude float8, longitude float8, "timeZone" text)
  ON CONFLICT (unlocode) DO UPDATE SET
    (name, search_name, country_code, province, latitude, longitude, time_zone) =
      (excluded.name, excluded.search_name, excluded.country_code, excluded.province, excluded.latitude,
       excluded.longitude, excluded.time_zone)
  WHERE (known.*) IS DISTINCT FROM (excluded.*)`;

const STALE_ALIAS_CODES = `
  DELETE FROM carriers.port_alias_code AS known
  USING jsonb_to_recordset($1::jsonb) AS given(unlocode text, "aliasCodes" jsonb)
  WHERE known.unlocode = given.unlocode AND NOT given."aliasCodes" ? known.code`;

const ALIAS_CODES = `
  INSERT INTO carriers.port_alias_code AS known (code, unlocode)
  SELECT code, unlocode FROM jsonb_to_recordset($1::jsonb) AS given(code text, unlocode text)
  ON CONFLICT (code) DO UPDATE SET unlocode = excluded.unlocode
  WHERE known.unlocode <> excluded.unlocode`;

const STALE_ALIAS_NAMES = `
  DELETE FROM carriers.port_alias_name AS known
  USING jsonb_to_recordset($1::jsonb) AS given(unlocode text, "aliasNames" jsonb)
  WHERE known.unlocode = given.unlocode AND NOT given."aliasNames" ? known.name`;

const ALIAS_NAMES = `
  INSERT INTO carriers.port_alias_name AS known (unlocode, name, search_name)
  SELECT unlocode, name, "searchName"
  FROM jsonb_to_recordset($1::jsonb) AS given(unlocode text, name text, "searchName" text)
  ON CONFLICT (unlocode, name) DO UPDATE SET search_name = excluded.search_name
  WHERE known.search_name <> excluded.search_name`;
