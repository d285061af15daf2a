import { randomUUID } from 'node:crypto';
import type { Milestone } from '../milestones.ts';
import type { MilestoneTimes } from '../milestone-times.ts';
import type { ShipmentState } from '../projection.ts';
import type { JourneyCall } from '../transport-calls.ts';
import { floats, instants, integers, texts, uuidList, uuids } from './binary-columns.ts';
import type { KnownShipment } from './known-shipment.ts';
import { listsOf, namesOf, rowsOf } from './rows.ts';
import type { Columns } from './rows.ts';
import type { Statements } from './statements.ts';

/** A locked shipment and what its events make of it. */
export interface ProjectedShipment {
  readonly shipment: KnownShipment;
  /** As it is stored; null where that isn't known. */
  readonly before: ShipmentState | null;
  readonly after: ShipmentState;
}

/**
 * Writes the states of locked shipments over what is there: the shipments' rows, and of their milestones and calls those
 * that have changed. At most five statements, however many shipments.
 */
export function saveProjections(sql: Statements, projected: readonly ProjectedShipment[], now: Date): void {
  if (projected.length === 0) return;
  saveShipments(sql, projected, now);
  saveMilestones(sql, projected);
  saveTransportCalls(sql, projected);
}

const SHIPMENT: Columns<ProjectedShipment> = {
  id: uuids(({ shipment }) => shipment.id),
  booking: texts(({ shipment }) => shipment.carrierBookingReference),
  document: texts(({ shipment }) => shipment.transportDocumentReference),
  status: texts(({ after }) => after.status),
  vessel_imo: texts(({ after }) => after.vesselImo),
  latitude: floats(({ after }) => after.position?.latitude ?? null),
  longitude: floats(({ after }) => after.position?.longitude ?? null),
  observed_at: instants(({ after }) => after.position?.observedAt ?? null),
};
const UPDATE_SHIPMENTS = {
  name: 'update shipments',
  text: `
    UPDATE shipment SET
      carrier_booking_reference = r.booking,
      transport_document_reference = r.document,
      status = r.status::tracking.shipment_status,
      vessel_imo = r.vessel_imo,
      latitude = r.latitude,
      longitude = r.longitude,
      position_observed_at = r.observed_at,
      revision = revision + 1,
      updated_at = greatest(updated_at, $9::timestamptz)
    FROM (${rowsOf(SHIPMENT)}) AS r
    WHERE shipment.id = r.id`,
};

function saveShipments(sql: Statements, projected: readonly ProjectedShipment[], now: Date): void {
  sql.send(UPDATE_SHIPMENTS, [...listsOf(SHIPMENT, projected), now.toISOString()]);
}

interface MilestoneRow {
  readonly shipment: KnownShipment;
  readonly milestone: Milestone;
  readonly ordinal: number;
}

const MILESTONE: Columns<MilestoneRow> = {
  tenant_id: uuids(({ shipment }) => shipment.tenantId),
  shipment_id: uuids(({ shipment }) => shipment.id),
  ordinal: integers(({ ordinal }) => ordinal),
  code: texts(({ milestone }) => milestone.code),
  un_location_code: texts(({ milestone }) => milestone.unLocationCode),
  planned: instants(({ milestone }) => milestone.planned),
  estimated: instants(({ milestone }) => milestone.estimated),
  actual: instants(({ milestone }) => milestone.actual),
};
const UPSERT_MILESTONES = {
  name: 'upsert milestones',
  text: `
    INSERT INTO milestone (${namesOf(MILESTONE)}) ${rowsOf(MILESTONE)}
    ON CONFLICT (shipment_id, ordinal) DO UPDATE SET
      code = EXCLUDED.code,
      un_location_code = EXCLUDED.un_location_code,
      planned = EXCLUDED.planned,
      estimated = EXCLUDED.estimated,
      actual = EXCLUDED.actual`,
};
const LAST_MILESTONE: Columns<ProjectedShipment> = {
  shipment_id: uuids(({ shipment }) => shipment.id),
  count: integers(({ after }) => after.milestones.length),
};
const CUT_MILESTONES = {
  name: 'cut milestones',
  text: `DELETE FROM milestone USING (${rowsOf(LAST_MILESTONE)}) AS r
    WHERE milestone.shipment_id = r.shipment_id AND ordinal >= r.count`,
};

function saveMilestones(sql: Statements, projected: readonly ProjectedShipment[]): void {
  const rows: MilestoneRow[] = [];
  const shorter: ProjectedShipment[] = [];
  for (const each of projected) {
    const { shipment, before, after } = each;
    for (const [ordinal, milestone] of after.milestones.entries()) {
      const stored = before?.milestones[ordinal];
      if (stored === undefined || !isSameMilestone(stored, milestone)) {
        rows.push({ shipment, milestone, ordinal });
      }
    }
    if (before === null || before.milestones.length > after.milestones.length) shorter.push(each);
  }
  if (shorter.length > 0) sql.send(CUT_MILESTONES, listsOf(LAST_MILESTONE, shorter));
  if (rows.length > 0) sql.send(UPSERT_MILESTONES, listsOf(MILESTONE, rows));
}

interface CallRow {
  readonly shipment: KnownShipment;
  readonly call: JourneyCall;
  readonly index: number;
}

const KEPT_CALL: Columns<Pick<CallRow, 'shipment' | 'call'>> = {
  shipment_id: uuids(({ shipment }) => shipment.id),
  reference: texts(({ call }) => call.reference),
};
const CUT_CALLS = {
  name: 'cut transport calls',
  text: `
    DELETE FROM transport_call AS known
    WHERE shipment_id = ANY($3::uuid[]) AND NOT EXISTS (
      SELECT FROM (${rowsOf(KEPT_CALL)}) AS r
      WHERE r.shipment_id = known.shipment_id AND r.reference = known.transport_call_reference)`,
};
const CALL: Columns<CallRow> = {
  id: uuids(() => randomUUID()),
  tenant_id: uuids(({ shipment }) => shipment.tenantId),
  shipment_id: uuids(({ shipment }) => shipment.id),
  transport_call_reference: texts(({ call }) => call.reference),
  sequence: integers(({ index }) => index + 1),
  un_location_code: texts(({ call }) => call.unLocationCode),
  facility_type_code: texts(({ call }) => call.facilityTypeCode),
  mode_of_transport: texts(({ call }) => call.modeOfTransport),
  vessel_imo: texts(({ call }) => call.vesselImo),
  export_voyage_number: texts(({ call }) => call.exportVoyageNumber),
  import_voyage_number: texts(({ call }) => call.importVoyageNumber),
  carrier_service_code: texts(({ call }) => call.carrierServiceCode),
  arrival_planned: instants(({ call }) => call.arrival.planned),
  arrival_estimated: instants(({ call }) => call.arrival.estimated),
  arrival_actual: instants(({ call }) => call.arrival.actual),
  departure_planned: instants(({ call }) => call.departure.planned),
  departure_estimated: instants(({ call }) => call.departure.estimated),
  departure_actual: instants(({ call }) => call.departure.actual),
};
const UPSERT_CALLS = {
  name: 'upsert transport calls',
  text: `
    INSERT INTO transport_call (${namesOf(CALL)}) ${rowsOf(CALL)}
    ON CONFLICT (shipment_id, transport_call_reference) DO UPDATE SET
      sequence = EXCLUDED.sequence,
      un_location_code = EXCLUDED.un_location_code,
      facility_type_code = EXCLUDED.facility_type_code,
      mode_of_transport = EXCLUDED.mode_of_transport,
      vessel_imo = EXCLUDED.vessel_imo,
      export_voyage_number = EXCLUDED.export_voyage_number,
      import_voyage_number = EXCLUDED.import_voyage_number,
      carrier_service_code = EXCLUDED.carrier_service_code,
      arrival_planned = EXCLUDED.arrival_planned,
      arrival_estimated = EXCLUDED.arrival_estimated,
      arrival_actual = EXCLUDED.arrival_actual,
      departure_planned = EXCLUDED.departure_planned,
      departure_estimated = EXCLUDED.departure_estimated,
      departure_actual = EXCLUDED.departure_actual`,
};

/** A call keeps its id for as long as the shipment has it. */
function saveTransportCalls(sql: Statements, projected: readonly ProjectedShipment[]): void {
  const rows: CallRow[] = [];
  const fewer: ProjectedShipment[] = [];
  for (const each of projected) {
    const { shipment, before, after } = each;
    const stored = before?.transportCalls ?? [];
    let kept = 0;
    for (const [index, call] of after.transportCalls.entries()) {
      const place = placeOf(call, stored, index);
      const known = stored[place];
      if (known !== undefined) kept++;
      if (known === undefined || place !== index || !isSameCall(known, call))
        rows.push({ shipment, call, index });
    }
    if (before === null || kept < stored.length) fewer.push(each);
  }
  if (fewer.length > 0) {
    const kept = fewer.flatMap(({ shipment, after }) =>
      after.transportCalls.map((call) => ({ shipment, call })),
    );
    const ids = fewer.map(({ shipment }) => shipment.id);
    sql.send(CUT_CALLS, [...listsOf(KEPT_CALL, kept), uuidList(ids)]);
  }
  if (rows.length > 0) sql.send(UPSERT_CALLS, listsOf(CALL, rows));
}

/** Where a call is among others, most likely at the same place; -1 when it isn't there. */
function placeOf({ reference }: JourneyCall, others: readonly JourneyCall[], place: number): number {
  if (others[place]?.reference === reference) return place;
  return others.findIndex((other) => other.reference === reference);
}

function isSameMilestone(a: Milestone, b: Milestone): boolean {
  return a.code === b.code && a.unLocationCode === b.unLocationCode && areSameTimes(a, b);
}

function isSameCall(a: JourneyCall, b: JourneyCall): boolean {
  return (
    a.unLocationCode === b.unLocationCode &&
    a.facilityTypeCode === b.facilityTypeCode &&
    a.modeOfTransport === b.modeOfTransport &&
    a.vesselImo === b.vesselImo &&
    a.exportVoyageNumber === b.exportVoyageNumber &&
    a.importVoyageNumber === b.importVoyageNumber &&
    a.carrierServiceCode === b.carrierServiceCode &&
    areSameTimes(a.arrival, b.arrival) &&
    areSameTimes(a.departure, b.departure)
  );
}

function areSameTimes(a: MilestoneTimes, b: MilestoneTimes): boolean {
  return (
    a.planned?.getTime() === b.planned?.getTime() &&
    a.estimated?.getTime() === b.estimated?.getTime() &&
    a.actual?.getTime() === b.actual?.getTime()
  );
}
