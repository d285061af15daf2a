import { randomUUID } from 'node:crypto';
import type { Transaction } from '#platform/database/database.ts';
import type { ShipmentState } from '../projection.ts';
import type { KnownShipment } from './known-shipment.ts';

/** A locked shipment and what its events make of it. */
export interface ProjectedShipment {
  readonly shipment: KnownShipment;
  readonly state: ShipmentState;
}

/** Writes the states of locked shipments over what was there. Five statements, however many shipments. */
export async function saveProjections(
  tx: Transaction,
  projected: readonly ProjectedShipment[],
  now: Date,
): Promise<void> {
  if (projected.length === 0) return;
  await saveShipments(tx, projected, now);
  await saveMilestones(tx, projected);
  await saveTransportCalls(tx, projected);
}

async function saveShipments(
  tx: Transaction,
  projected: readonly ProjectedShipment[],
  now: Date,
): Promise<void> {
  const rows = projected.map(({ shipment, state }) => ({
    id: shipment.id,
    booking: shipment.carrierBookingReference,
    document: shipment.transportDocumentReference,
    status: state.status,
    vessel_imo: state.vesselImo,
    latitude: state.position?.latitude ?? null,
    longitude: state.position?.longitude ?? null,
    observed_at: state.position?.observedAt ?? null,
  }));
  await tx.$executeRaw`
    UPDATE shipment SET
      carrier_booking_reference = r.booking,
      transport_document_reference = r.document,
      status = r.status::tracking.shipment_status,
      vessel_imo = r.vessel_imo,
      latitude = r.latitude,
      longitude = r.longitude,
      position_observed_at = r.observed_at,
      updated_at = greatest(updated_at, ${now.toISOString()}::timestamptz)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (id uuid, booking text, document text, status text,
      vessel_imo text, latitude float8, longitude float8, observed_at timestamptz)
    WHERE shipment.id = r.id`;
}

async function saveMilestones(tx: Transaction, projected: readonly ProjectedShipment[]): Promise<void> {
  const shipmentIds = projected.map(({ shipment }) => shipment.id);
  const rows = projected.flatMap(({ shipment, state }) =>
    state.milestones.map((milestone, ordinal) => ({
      tenant_id: shipment.tenantId,
      shipment_id: shipment.id,
      ordinal,
      code: milestone.code,
      un_location_code: milestone.unLocationCode,
      planned: milestone.planned,
      estimated: milestone.estimated,
      actual: milestone.actual,
    })),
  );
  await tx.$executeRaw`DELETE FROM milestone WHERE shipment_id = ANY(${shipmentIds}::uuid[])`;
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO milestone (tenant_id, shipment_id, ordinal, code, un_location_code, planned, estimated, actual)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (tenant_id uuid, shipment_id uuid,
      ordinal int, code text, un_location_code text, planned timestamptz, estimated timestamptz, actual timestamptz)`;
}

/** A call keeps its id for as long as the shipment has it. */
async function saveTransportCalls(tx: Transaction, projected: readonly ProjectedShipment[]): Promise<void> {
  const shipmentIds = projected.map(({ shipment }) => shipment.id);
  const rows = projected.flatMap(({ shipment, state }) =>
    state.transportCalls.map((call, index) => ({
      id: randomUUID(),
      tenant_id: shipment.tenantId,
      shipment_id: shipment.id,
      transport_call_reference: call.reference,
      sequence: index + 1,
      un_location_code: call.unLocationCode,
      facility_type_code: call.facilityTypeCode,
      mode_of_transport: call.modeOfTransport,
      vessel_imo: call.vesselImo,
      export_voyage_number: call.exportVoyageNumber,
      import_voyage_number: call.importVoyageNumber,
      carrier_service_code: call.carrierServiceCode,
      arrival_planned: call.arrival.planned,
      arrival_estimated: call.arrival.estimated,
      arrival_actual: call.arrival.actual,
      departure_planned: call.departure.planned,
      departure_estimated: call.departure.estimated,
      departure_actual: call.departure.actual,
    })),
  );
  const json = JSON.stringify(rows);
  await tx.$executeRaw`
    DELETE FROM transport_call AS known
    WHERE shipment_id = ANY(${shipmentIds}::uuid[]) AND NOT EXISTS (
      SELECT FROM jsonb_to_recordset(${json}::jsonb) AS r (shipment_id uuid, transport_call_reference text)
      WHERE r.shipment_id = known.shipment_id AND r.transport_call_reference = known.transport_call_reference)`;
  if (rows.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO transport_call (id, tenant_id, shipment_id, transport_call_reference, sequence, un_location_code,
      facility_type_code, mode_of_transport, vessel_imo, export_voyage_number, import_voyage_number,
      carrier_service_code, arrival_planned, arrival_estimated, arrival_actual, departure_planned,
      departure_estimated, departure_actual)
    SELECT * FROM jsonb_to_recordset(${json}::jsonb) AS r (id uuid, tenant_id uuid, shipment_id uuid,
      transport_call_reference text, sequence int, un_location_code text, facility_type_code text,
      mode_of_transport text, vessel_imo text, export_voyage_number text, import_voyage_number text,
      carrier_service_code text, arrival_planned timestamptz, arrival_estimated timestamptz,
      arrival_actual timestamptz, departure_planned timestamptz, departure_estimated timestamptz,
      departure_actual timestamptz)
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
      departure_actual = EXCLUDED.departure_actual`;
}
