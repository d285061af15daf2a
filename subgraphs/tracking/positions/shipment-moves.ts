import type { Database } from '#platform/database/database.ts';
import type { ShipmentStatus } from '../shipment-status.ts';
import { groupBy } from './group-by.ts';
import { legsOf, legUnderWay } from './legs.ts';
import type { Call } from './legs.ts';
import { isJump } from './plausible-track.ts';
import { imoText } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/** A shipment at sea whose vessel has moved. */
export interface ShipmentMove {
  readonly shipmentId: string;
  readonly tenantId: string;
  /** Where the last move ended; null when this is the first one on this leg. */
  readonly previous: VesselPosition | null;
  readonly current: VesselPosition;
  /** No ship can have come from there to here in this time: one of the two is wrong. */
  readonly isJump: boolean;
}

/** A vessel that is elsewhere than those who listen know. */
export interface VesselMove {
  readonly previous: VesselPosition | null;
  readonly current: VesselPosition;
}

/** Shipments at a time: a large ship carries thousands. */
const PAGE = 1_000;

interface ShipmentRow {
  readonly id: string;
  readonly tenantId: string;
  readonly status: ShipmentStatus;
  readonly destination: string;
}

const SHIPMENTS = `
  SELECT id, tenant_id AS "tenantId", status, destination FROM shipment
  WHERE status = 'IN_TRANSIT' AND vessel_imo = ANY($1::text[]) AND id > $2::uuid
  ORDER BY id LIMIT ${PAGE}`;

const CALLS = `
  SELECT shipment_id AS "shipmentId", sequence, un_location_code AS "unLocationCode",
    mode_of_transport AS "modeOfTransport", vessel_imo AS "vesselImo", arrival_planned AS "arrivalPlanned",
    arrival_estimated AS "arrivalEstimated", arrival_actual AS "arrivalActual", departure_actual AS "departureActual"
  FROM transport_call WHERE shipment_id = ANY($1::uuid[])`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The moves of the shipments that some vessels carry, of all tenants, a bounded number at a time. */
export async function* shipmentMoves(
  { pool }: Pick<Database, 'pool'>,
  vessels: readonly VesselMove[],
): AsyncGenerator<ShipmentMove[]> {
  const moveOf = new Map(vessels.map((move) => [move.current.imo, move]));
  const imos = [...moveOf.keys()].map(imoText);
  let after = FIRST_ID;
  for (;;) {
    const { rows: shipments } = await pool.query<ShipmentRow>(SHIPMENTS, [imos, after]);
    const last = shipments.at(-1);
    if (!last) return;
    after = last.id;
    const { rows } = await pool.query<Call & { readonly shipmentId: string }>(CALLS, [
      shipments.map(({ id }) => id),
    ]);
    const calls = groupBy(rows, ({ shipmentId }) => shipmentId);
    const moves = shipments.flatMap((shipment) =>
      moveOfShipment(shipment, calls.get(shipment.id) ?? [], moveOf),
    );
    if (moves.length > 0) yield moves;
    if (shipments.length < PAGE) return;
  }
}

function moveOfShipment(
  shipment: ShipmentRow,
  calls: readonly Call[],
  moveOf: ReadonlyMap<number, VesselMove>,
): ShipmentMove[] {
  const leg = legUnderWay(legsOf(shipment, calls));
  const move = leg && moveOf.get(leg.imo);
  if (!leg || !move || move.current.observedAt < leg.departed) return [];
  const { current } = move;
  const previous = move.previous && move.previous.observedAt >= leg.departed ? move.previous : null;
  return [
    {
      shipmentId: shipment.id,
      tenantId: shipment.tenantId,
      previous,
      current,
      isJump: previous !== null && isJump(previous, current),
    },
  ];
}
