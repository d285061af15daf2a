import type { Database } from '#platform/database/database.ts';
import {
  decodeCursor,
  encodeCursor,
  pageSize,
  toConnection,
  type Connection,
} from '#platform/graphql/connection.ts';
import { isRank, isText } from './cursor-parts.ts';
import type { SearchTerm } from './search-term.ts';

export interface PortRecord {
  readonly unlocode: string;
  readonly name: string;
  readonly countryCode: string;
  readonly province: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timeZone: string | null;
  /** Other codes, then other names. */
  readonly aliases: readonly string[];
}

/**
 * The port under one of its codes: an entity keeps the key by which another subgraph knows it, so that what it joins
 * stays joined, and the code listed here becomes an alias.
 */
export function portKnownAs(port: PortRecord, unlocode: string): PortRecord {
  if (port.unlocode === unlocode) return port;
  return {
    ...port,
    unlocode,
    aliases: [port.unlocode, ...port.aliases.filter((alias) => alias !== unlocode)],
  };
}

/**
 * One statement.
 * @param codes UN/LOCODEs or aliases of them
 * @returns one entry for each code, in the same order, under the port's own code; null where there is none
 */
export async function readPorts(
  { pool }: Database,
  codes: readonly string[],
): Promise<readonly (PortRecord | null)[]> {
  const { rows } = await pool.query<PortRecord & { asked: string }>(BY_CODE, [codes]);
  const found = new Map(rows.map(({ asked, ...port }): [string, PortRecord] => [asked, port]));
  return codes.map((code) => found.get(code) ?? null);
}

export interface PortListArguments {
  readonly term: SearchTerm | null;
  readonly countryCode: string | null;
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** @throws {ApiError} BAD_USER_INPUT for a page size or a cursor that can't be */
export async function listPorts(
  database: Database,
  list: PortListArguments,
): Promise<Connection<PortRecord>> {
  return list.term === null ? allPorts(database, list) : foundPorts(database, list, list.term);
}

async function allPorts(
  { pool }: Database,
  { countryCode, first, after }: PortListArguments,
): Promise<Connection<PortRecord>> {
  const [afterCode = null] = decodeCursor(after, isText) ?? [];
  const { rows } = await pool.query<PortRecord>(ALL, [countryCode, afterCode, pageSize(first) + 1]);
  return toConnection(rows, first, after, ({ unlocode }) => encodeCursor(unlocode));
}

async function foundPorts(
  { pool }: Database,
  { countryCode, first, after }: PortListArguments,
  { code, codeStart, start, word, anywhere }: SearchTerm,
): Promise<Connection<PortRecord>> {
  const [rank = null, name = null, unlocode = null] = decodeCursor(after, isRank, isText, isText) ?? [];
  const { rows } = await pool.query<PortRecord & { rank: number; searchName: string }>(FOUND, [
    code,
    codeStart,
    start,
    word,
    anywhere,
    countryCode,
    rank,
    name,
    unlocode,
    pageSize(first) + 1,
  ]);
  return toConnection(rows, first, after, (port) =>
    encodeCursor(String(port.rank), port.searchName, port.unlocode),
  );
}

const COLUMNS = `
  port.unlocode, port.name, port.country_code AS "countryCode", port.province, port.latitude, port.longitude,
  port.time_zone AS "timeZone",
  array(SELECT alias.code FROM carriers.port_alias_code AS alias
        WHERE alias.unlocode = port.unlocode ORDER BY alias.code COLLATE "C")
  || array(SELECT alias.name FROM carriers.port_alias_name AS alias
           WHERE alias.unlocode = port.unlocode ORDER BY alias.name COLLATE "C") AS aliases`;

const BY_CODE = `
  SELECT given.asked, ${COLUMNS}
  FROM unnest($1::text[]) AS given(asked)
  LEFT JOIN carriers.port_alias_code AS other ON other.code = given.asked
  JOIN carriers.port ON port.unlocode = coalesce(other.unlocode, given.asked)`;

const ALL = `
  SELECT ${COLUMNS}
  FROM carriers.port
  WHERE ($1::text IS NULL OR port.country_code = $1)
    AND ($2::text IS NULL OR port.unlocode COLLATE "C" > $2)
  ORDER BY port.unlocode COLLATE "C"
  LIMIT $3`;

// Ranks: 0 the code itself, 1 a code that begins so, 2 a name that begins so, 3 a later word, 4 anywhere in a name.
const FOUND = `
  WITH known AS (
    SELECT unlocode, unlocode AS code, search_name AS name FROM carriers.port
    UNION ALL SELECT unlocode, code, NULL FROM carriers.port_alias_code
    UNION ALL SELECT unlocode, NULL, search_name FROM carriers.port_alias_name
  ), found AS (
    SELECT unlocode, min(CASE
      WHEN code = $1 THEN 0 WHEN code LIKE $2 THEN 1 WHEN name LIKE $3 THEN 2 WHEN name LIKE $4 THEN 3 ELSE 4
    END) AS rank
    FROM known
    WHERE code LIKE $2 OR name LIKE $5
    GROUP BY unlocode
  )
  SELECT ${COLUMNS}, port.search_name AS "searchName", found.rank
  FROM found
  JOIN carriers.port ON port.unlocode = found.unlocode
  WHERE ($6::text IS NULL OR port.country_code = $6)
    AND ($7::int IS NULL
      OR (found.rank, port.search_name COLLATE "C", port.unlocode COLLATE "C") > ($7, $8, $9))
  ORDER BY found.rank, port.search_name COLLATE "C", port.unlocode COLLATE "C"
  LIMIT $10`;
