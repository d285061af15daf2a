import type { Database } from '#platform/database/database.ts';
import {
  decodeCursor,
  encodeCursor,
  pageSize,
  toConnection,
  type Connection,
} from '#platform/graphql/connection.ts';
import { isText } from './cursor-parts.ts';
import type { SearchTerm } from './search-term.ts';

export interface VesselRecord {
  readonly imo: string;
  readonly name: string | null;
  readonly flag: string | null;
  readonly capacityTeu: number | null;
  readonly serviceSpeedKnots: number | null;
  readonly operatorId: string | null;
}

type Row = VesselRecord & { readonly searchName: string };

/** A vessel that sails but isn't in the register. */
export function unregisteredVessel(imo: string): VesselRecord {
  return { imo, name: null, flag: null, capacityTeu: null, serviceSpeedKnots: null, operatorId: null };
}

/** One statement. @returns one entry for each IMO number, in the same order; null where there is none */
export async function readVessels(
  { prisma }: Database,
  imoNumbers: readonly string[],
): Promise<readonly (VesselRecord | null)[]> {
  const found = await prisma.vessel.findMany({
    where: { imo: { in: [...imoNumbers] } },
    omit: { searchName: true },
  });
  const byImo = new Map(found.map((vessel) => [vessel.imo, vessel]));
  return imoNumbers.map((imo) => byImo.get(imo) ?? null);
}

export interface VesselListArguments {
  readonly term: SearchTerm | null;
  readonly operatorScac: string | null;
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** @throws {ApiError} BAD_USER_INPUT for a page size or a cursor that can't be */
export async function listVessels(
  { pool }: Database,
  { term, operatorScac, first, after }: VesselListArguments,
): Promise<Connection<VesselRecord>> {
  const [afterName, afterImo] = decodeCursor(after, isText, isText) ?? [null, null];
  const { rows } = await pool.query<Row>(LIST, [
    term?.anywhere,
    term?.codeStart,
    operatorScac,
    afterName,
    afterImo,
    pageSize(first) + 1,
  ]);
  return toConnection(rows, first, after, cursorOf);
}

/** A page of the vessels that one carrier operates. */
export interface FleetPage {
  readonly carrierId: string;
  readonly first: number;
  readonly after: string | null | undefined;
  readonly afterName: string | null;
  readonly afterImo: string | null;
}

/** @throws {ApiError} BAD_USER_INPUT for a page size or a cursor that can't be */
export function fleetPage(carrierId: string, first: number, after: string | null | undefined): FleetPage {
  const [afterName = null, afterImo = null] = decodeCursor(after, isText, isText) ?? [];
  return { carrierId, first: pageSize(first), after, afterName, afterImo };
}

/** Pages of any number of fleets, in one statement, whatever each page's size and cursor; in the order asked. */
export async function readFleetPages(
  { pool }: Database,
  pages: readonly FleetPage[],
): Promise<readonly Connection<VesselRecord>[]> {
  const { rows } = await pool.query<Row & { page: number }>(FLEET_PAGES, [
    pages.map((_, index) => index),
    pages.map(({ carrierId }) => carrierId),
    pages.map(({ afterName }) => afterName),
    pages.map(({ afterImo }) => afterImo),
    pages.map(({ first }) => first + 1),
  ]);
  const vessels = pages.map((): Row[] => []);
  for (const { page, ...vessel } of rows) vessels[page]?.push(vessel);
  return pages.map(({ first, after }, index) => toConnection(vessels[index] ?? [], first, after, cursorOf));
}

function cursorOf({ searchName, imo }: Row): string {
  return encodeCursor(searchName, imo);
}

// COLLATE "C": the sort and the cursor's comparison must agree, on every server.
const COLUMNS = `
  imo, name, search_name AS "searchName", flag, capacity_teu AS "capacityTeu",
  service_speed_knots AS "serviceSpeedKnots", operator_id AS "operatorId"`;

const LIST = `
  SELECT ${COLUMNS}
  FROM carriers.vessel
  WHERE ($1::text IS NULL OR search_name LIKE $1 OR imo LIKE $2)
    AND ($3::text IS NULL OR operator_id = (SELECT id FROM carriers.carrier WHERE scac = $3))
    AND ($4::text IS NULL OR (search_name COLLATE "C", imo COLLATE "C") > ($4, $5))
  ORDER BY search_name COLLATE "C", imo COLLATE "C"
  LIMIT $6`;

const FLEET_PAGES = `
  SELECT asked.page, vessel.*
  FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::int[])
    AS asked(page, carrier_id, after_name, after_imo, size)
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS}
    FROM carriers.vessel
    WHERE operator_id = asked.carrier_id
      AND (asked.after_name IS NULL
        OR (search_name COLLATE "C", imo COLLATE "C") > (asked.after_name, asked.after_imo))
    ORDER BY search_name COLLATE "C", imo COLLATE "C"
    LIMIT asked.size
  ) AS vessel
  ORDER BY asked.page, vessel."searchName" COLLATE "C", vessel.imo COLLATE "C"`;
