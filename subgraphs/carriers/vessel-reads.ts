import type { Database } from '#platform/database/database.ts';
import { decodeCursor, encodeCursor, pageSize, toConnection, type Connection } from '#platform/graphql/connection.ts';
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
  readonly after: string | null;
}

/**
 * Pages of any number of fleets, in one statement, whatever each page's size and cursor.
 * @throws {ApiError} BAD_USER_INPUT for a page size or a cursor that can't be
 */
export async function readFleetPages(
  { pool }: Database,
  pages: readonly FleetPage[],
): Promise<readonly Connection<VesselRecord>[]> {
  const cursors = pages.map(({ after }) => decodeCursor(after, isText, isText) ?? [null, null]);
  const { rows } = await pool.query<Row & { page: number }>(FLEET_PAGES, [
    pages.map((_, index) => index),
    pages.map(({ carrierId }) => carrierId),
    cursors.map(([name]) => name),
    cursors.map(([, imo]) => imo),
    pages.map(({ first }) => pageSize(first) + 1),
  ]);
  const vessels = pages.map((): Row[] => []);
  for (const { page, ...vessel } of rows) vessels[page]?.push(vessel);
  return pages.map(({ first, after }, index) => toConnection(vessels[index] ?? [], first, after, cursorOf));
}

function cursorOf({ searchName, imo }: Row | VesselRecord): string {
  return encodeCursor('searchName' in Object(0) ? '' : (searchName as string), imo);
}
