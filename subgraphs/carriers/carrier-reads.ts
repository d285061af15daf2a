import type { Database } from '#platform/database/database.ts';
import {
  decodeCursor,
  encodeCursor,
  isUuid,
  pageSize,
  toConnection,
  type Connection,
} from '#platform/graphql/connection.ts';
import { isText } from './cursor-parts.ts';
import type { SearchTerm } from './search-term.ts';

export interface CarrierRecord {
  readonly id: string;
  readonly scac: string;
  readonly smdgCode: string | null;
  readonly name: string;
  readonly countryCode: string | null;
}

/** By which of its codes a carrier is asked for, with the code in its usual form. */
export type CarrierKey = `${'id' | 'scac' | 'smdg'}:${string}`;

/** One statement. @returns one entry for each key, in the same order; null where there is none */
export async function readCarriers(
  { prisma }: Database,
  keys: readonly CarrierKey[],
): Promise<readonly (CarrierRecord | null)[]> {
  const codes = (kind: string): string[] =>
    keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(kind.length));
  const found = await prisma.carrier.findMany({
    where: {
      OR: [
        { id: { in: codes('id:') } },
        { scac: { in: codes('scac:') } },
        { smdgCode: { in: codes('smdg:') } },
      ],
    },
    select: { id: true, scac: true, smdgCode: true, name: true, countryCode: true },
  });
  const byKey = new Map<CarrierKey, CarrierRecord>();
  for (const carrier of found) {
    byKey.set(`id:${carrier.id}`, carrier).set(`scac:${carrier.scac}`, carrier);
    if (carrier.smdgCode !== null) byKey.set(`smdg:${carrier.smdgCode}`, carrier);
  }
  return keys.map((key) => byKey.get(key) ?? null);
}

export interface CarrierListArguments {
  readonly term: SearchTerm | null;
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** @throws {ApiError} BAD_USER_INPUT for a page size or a cursor that can't be */
export async function listCarriers(
  { pool }: Database,
  { term, first, after }: CarrierListArguments,
): Promise<Connection<CarrierRecord>> {
  const [afterName, afterId] = decodeCursor(after, isText, isUuid) ?? [null, null];
  const { rows } = await pool.query<CarrierRecord & { searchName: string }>(LIST, [
    term?.anywhere,
    term?.codeStart,
    afterName,
    afterId,
    pageSize(first) + 1,
  ]);
  return toConnection(rows, first, after, ({ searchName, id }) => encodeCursor(searchName, id));
}

// COLLATE "C": the sort and the cursor's comparison must agree, on every server.
const LIST = `
  SELECT id, scac, smdg_code AS "smdgCode", name, search_name AS "searchName", country_code AS "countryCode"
  FROM carriers.carrier
  WHERE ($1::text IS NULL OR search_name LIKE $1 OR scac LIKE $2 OR smdg_code LIKE $2)
    AND ($3::text IS NULL OR (search_name COLLATE "C", id) > ($3, $4::uuid))
  ORDER BY search_name COLLATE "C", id
  LIMIT $5`;
