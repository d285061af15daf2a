import type { ReferenceKeys, ShipmentReferences } from '../references.ts';
import type { ShipmentPlan } from '../shipment-plan.ts';
import { textList, uuidList } from './binary-columns.ts';
import type { Reporter } from './reporter.ts';
import type { Statements } from './statements.ts';

/** A shipment as events meet it: what they are matched by. */
export interface MatchableShipment extends ShipmentReferences {
  readonly id: string;
  readonly tenantId: string;
  readonly carrierScac: string;
}

/** A locked shipment, with what its events are read by. */
export interface KnownShipment extends MatchableShipment, ShipmentPlan {
  readonly createdAt: Date;
  /** Counts the changes to its events, containers and state. */
  readonly revision: number;
}

/** The row alone: its containers and its return are elsewhere. */
export type ShipmentRow = Omit<KnownShipment, 'containers' | 'returnedAt'>;

const MATCHED_BY = `id, tenant_id AS "tenantId", carrier_scac AS "carrierScac",
  carrier_booking_reference AS "carrierBookingReference", transport_document_reference AS "transportDocumentReference"`;

const ROW = `${MATCHED_BY}, origin, destination, planned_departure AS "plannedDeparture",
  planned_arrival AS "plannedArrival", created_at AS "createdAt", revision`;

/** What the shipments' own rows don't tell. */
const ELSEWHERE = `
  ARRAY(SELECT equipment_reference FROM container WHERE shipment_id = shipment.id ORDER BY 1) AS containers,
  (SELECT max(actual) FROM milestone WHERE shipment_id = shipment.id AND code = 'EMPTY_RETURN') AS "returnedAt"`;

/** $1, $2: the only tenant and carriers that the reporter may affect, null for any; $3 on: references. */
const MAY_AFFECT = `($1::uuid IS NULL OR tenant_id = $1::uuid)
  AND ($2::text IS NULL OR carrier_scac = ANY(string_to_array($2::text, ',')))`;
const BY_BOOKINGS = `carrier_booking_reference = ANY($3::text[]) AND ${MAY_AFFECT} ORDER BY id`;
const BY_ANY = `id = ANY(ARRAY(
    SELECT id FROM shipment WHERE carrier_booking_reference = ANY($3::text[])
    UNION SELECT id FROM shipment WHERE transport_document_reference = ANY($4::text[])
    UNION SELECT shipment_id FROM container WHERE equipment_reference = ANY($5::text[]))) AND ${MAY_AFFECT} ORDER BY id`;

const FIND = {
  name: 'find shipments',
  text: `SELECT ${MATCHED_BY}, ${ELSEWHERE} FROM shipment WHERE ${BY_ANY}`,
};
const FIND_BY_DOCUMENTS = {
  name: 'find shipments by documents',
  text: `SELECT ${MATCHED_BY} FROM shipment WHERE ${BY_ANY}`,
};
// As most events name them.
const FIND_BY_BOOKINGS = {
  name: 'find shipments by bookings',
  text: `SELECT ${MATCHED_BY} FROM shipment WHERE ${BY_BOOKINGS}`,
};
const LOCK = {
  name: 'lock shipments',
  text: `SELECT ${ROW} FROM shipment WHERE ${BY_ANY} FOR UPDATE`,
};
const LOCK_BY_BOOKINGS = {
  name: 'lock shipments by bookings',
  text: `SELECT ${ROW} FROM shipment WHERE ${BY_BOOKINGS} FOR UPDATE`,
};
const LOCK_BY_IDS = {
  name: 'lock shipments by ids',
  text: `SELECT ${ROW} FROM shipment WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
};
const READ = {
  name: 'read shipments',
  text: `SELECT ${ROW}, ${ELSEWHERE} FROM shipment WHERE id = ANY($1::uuid[]) ORDER BY id`,
};
const READ_ELSEWHERE = {
  name: 'read containers and returns',
  text: `SELECT id, ${ELSEWHERE} FROM shipment WHERE id = ANY($1::uuid[])`,
};

/**
 * Locks the shipments that a reporter may affect and whose references are among the keys, until the transaction ends;
 * always in the order of their ids, so that two transactions don't wait for each other. One statement: the rows are as
 * they are when the wait for the lock is over.
 */
export async function lockShipments(
  sql: Statements,
  reporter: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  keys: ReferenceKeys,
): Promise<ShipmentRow[]> {
  return sql.run<ShipmentRow>(isByBookings(keys) ? LOCK_BY_BOOKINGS : LOCK, reach(reporter, keys));
}

/** As `lockShipments`, by their ids. Who has locked others before may have to start over. */
export async function lockShipmentsByIds(sql: Statements, ids: readonly string[]): Promise<ShipmentRow[]> {
  return sql.run<ShipmentRow>(LOCK_BY_IDS, [uuidList(ids)]);
}

/** The shipments that events of a reporter may concern. What is found may have changed by the time it is read. */
export async function findShipments(
  sql: Statements,
  reporter: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  keys: ReferenceKeys,
): Promise<MatchableShipment[]> {
  const values = reach(reporter, keys);
  if (keys.containers.length > 0) return sql.run<MatchableShipment>(FIND, values);
  // Without containers among the keys, nobody asks which a shipment has.
  type Row = Omit<MatchableShipment, 'containers' | 'returnedAt'>;
  const rows = await sql.run<Row>(isByBookings(keys) ? FIND_BY_BOOKINGS : FIND_BY_DOCUMENTS, values);
  return rows.map((row) => ({ containers: NONE, returnedAt: null, ...row }));
}

const NONE: readonly string[] = [];

function isByBookings({ transportDocuments, containers }: ReferenceKeys): boolean {
  return transportDocuments.length === 0 && containers.length === 0;
}

function reach({ tenantId, carrierScac }: Pick<Reporter, 'tenantId' | 'carrierScac'>, keys: ReferenceKeys) {
  const { bookings, transportDocuments, containers } = keys;
  const others = isByBookings(keys) ? [] : [textList(transportDocuments), textList(containers)];
  return [tenantId, carrierScac, textList(bookings), ...others];
}

/** Reads shipments by their ids. One statement. */
export async function readShipments(sql: Statements, ids: readonly string[]): Promise<KnownShipment[]> {
  return ids.length === 0 ? [] : sql.run<KnownShipment>(READ, [uuidList(ids)]);
}

/** What the rows of locked shipments don't tell, by their ids. Read after the lock, it is as it stands. */
export async function readElsewhere(
  sql: Statements,
  ids: readonly string[],
): Promise<Map<string, Pick<KnownShipment, 'containers' | 'returnedAt'>>> {
  if (ids.length === 0) return new Map();
  type Row = Pick<KnownShipment, 'id' | 'containers' | 'returnedAt'>;
  const rows = await sql.run<Row>(READ_ELSEWHERE, [uuidList(ids)]);
  return new Map(rows.map(({ id, containers, returnedAt }) => [id, { containers, returnedAt }]));
}
