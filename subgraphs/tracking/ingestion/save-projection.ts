import { randomUUID } from 'node:crypto';
import type { Milestone } from '../milestones.ts';
import type { MilestoneTimes } from '../milestone-times.ts';
import type { ShipmentState } from '../projection.ts';
import type { JourneyCall } from '../transport-calls.ts';
import { floatColumn, instantColumn, integerColumn, textColumn, uuidColumn } from './binary-columns.ts';
import type { KnownShipment } from './known-shipment.ts';
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
      updated_at = greatest(updated_at, $1::timestamptz)
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
      $9::timestamptz[]) AS r (id, booking, document, status, vessel_imo, latitude, longitude, observed_at)
    WHERE shipment.id = r.id`,
};

function saveShipments(sql: Statements, projected: readonly ProjectedShipment[], now: Date): void {
  sql.send(UPDATE_SHIPMENTS, [
    now.toISOString(),
    uuidColumn(projected, ({ shipment }) => shipment.id),
    textColumn(projected, ({ shipment }) => shipment.carrierBookingReference),
    textColumn(projected, ({ shipment }) => shipment.transportDocumentReference),
    textColumn(projected, ({ after }) => after.status),
    textColumn(projected, ({ after }) => after.vesselImo),
    floatColumn(projected, ({ after }) => after.position?.latitude ?? null),
    floatColumn(projected, ({ after }) => after.position?.longitude ?? null),
    instantColumn(projected, ({ after }) => after.position?.observedAt ?? null),
  ]);
}

const UPSERT_MILESTONES = {
  name: 'upsert milestones',
  text: `
    INSERT INTO milestone
      (tenant_id, shipment_id, ordinal, code, un_location_code, planned, estimated, actual)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[],
      $7::timestamptz[], $8::timestamptz[])
    ON CONFLICT (shipment_id, ordinal) DO UPDATE SET
      code = EXCLUDED.code,
      un_location_code = EXCLUDED.un_location_code,
      planned = EXCLUDED.planned,
      estimated = EXCLUDED.estimated,
      actual = EXCLUDED.actual`,
};
const CUT_MILESTONES = {
  name: 'cut milestones',
  text: `DELETE FROM milestone USING unnest($1::uuid[], $2::int[]) AS r (shipment_id, count)
    WHERE milestone.shipment_id = r.shipment_id AND ordinal >= r.count`,
};

function saveMilestones(sql: Statements, projected: readonly ProjectedShipment[]): void {
  const rows = projected.flatMap(({ shipment, before, after }) =>
    after.milestones.flatMap((milestone, ordinal) => {
      const stored = before?.milestones[ordinal];
      if (stored !== undefined && isSameMilestone(stored, milestone)) return [];
      return { shipment, milestone, ordinal };
    }),
  );
  const shorter = projected.filter(
    ({ before, after }) => before === null || before.milestones.length > after.milestones.length,
  );
  if (shorter.length > 0) {
    sql.send(CUT_MILESTONES, [
      uuidColumn(shorter, ({ shipment }) => shipment.id),
      integerColumn(shorter, ({ after }) => after.milestones.length),
    ]);
  }
  if (rows.length === 0) return;
  sql.send(UPSERT_MILESTONES, [
    uuidColumn(rows, ({ shipment }) => shipment.tenantId),
    uuidColumn(rows, ({ shipment }) => shipment.id),
    integerColumn(rows, ({ ordinal }) => ordinal),
    textColumn(rows, ({ milestone }) => milestone.code),
    textColumn(rows, ({ milestone }) => milestone.unLocationCode),
    instantColumn(rows, ({ milestone }) => milestone.planned),
    instantColumn(rows, ({ milestone }) => milestone.estimated),
    instantColumn(rows, ({ milestone }) => milestone.actual),
  ]);
}

const CUT_CALLS = {
  name: 'cut transport calls',
  text: `
    DELETE FROM transport_call AS known
    WHERE shipment_id = ANY($1::uuid[]) AND NOT EXISTS (
      SELECT FROM unnest($2::uuid[], $3::text[]) AS r (shipment_id, reference)
      WHERE r.shipment_id = known.shipment_id AND r.reference = known.transport_call_reference)`,
};
const CALL_COLUMNS = `id, tenant_id, shipment_id, transport_call_reference, sequence, un_location_code,
  facility_type_code, mode_of_transport, vessel_imo, export_voyage_number, import_voyage_number, carrier_service_code,
  arrival_planned, arrival_estimated, arrival_actual, departure_planned, departure_estimated, departure_actual`;
const UPSERT_CALLS = {
  name: 'upsert transport calls',
  text: `
    INSERT INTO transport_call (${CALL_COLUMNS})
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
      $16::timestamptz[], $17::timestamptz[], $18::timestamptz[])
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
  const rows = projected.flatMap(({ shipment, before, after }) => {
    const stored = new Map(before?.transportCalls.map((call, index) => [call.reference, { call, index }]));
    return after.transportCalls.flatMap((call, index) => {
      const known = stored.get(call.reference);
      return known?.index === index && isSameCall(known.call, call) ? [] : { shipment, call, index };
    });
  });
  const fewer = projected.filter(({ before, after }) => {
    const references = new Set(after.transportCalls.map(({ reference }) => reference));
    return before === null || before.transportCalls.some(({ reference }) => !references.has(reference));
  });
  if (fewer.length > 0) {
    const kept = fewer.flatMap(({ shipment, after }) =>
      after.transportCalls.map(({ reference }) => ({ shipment, reference })),
    );
    sql.send(CUT_CALLS, [
      uuidColumn(fewer, ({ shipment }) => shipment.id),
      uuidColumn(kept, ({ shipment }) => shipment.id),
      textColumn(kept, ({ reference }) => reference),
    ]);
  }
  if (rows.length > 0) sql.send(UPSERT_CALLS, callLists(rows));
}

interface CallRow {
  readonly shipment: KnownShipment;
  readonly call: JourneyCall;
  readonly index: number;
}

function callLists(rows: readonly CallRow[]): Buffer[] {
  return [
    uuidColumn(rows, () => randomUUID()),
    uuidColumn(rows, ({ shipment }) => shipment.tenantId),
    uuidColumn(rows, ({ shipment }) => shipment.id),
    textColumn(rows, ({ call }) => call.reference),
    integerColumn(rows, ({ index }) => index + 1),
    textColumn(rows, ({ call }) => call.unLocationCode),
    textColumn(rows, ({ call }) => call.facilityTypeCode),
    textColumn(rows, ({ call }) => call.modeOfTransport),
    textColumn(rows, ({ call }) => call.vesselImo),
    textColumn(rows, ({ call }) => call.exportVoyageNumber),
    textColumn(rows, ({ call }) => call.importVoyageNumber),
    textColumn(rows, ({ call }) => call.carrierServiceCode),
    instantColumn(rows, ({ call }) => call.arrival.planned),
    instantColumn(rows, ({ call }) => call.arrival.estimated),
    instantColumn(rows, ({ call }) => call.arrival.actual),
    instantColumn(rows, ({ call }) => call.departure.planned),
    instantColumn(rows, ({ call }) => call.departure.estimated),
    instantColumn(rows, ({ call }) => call.departure.actual),
  ];
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
