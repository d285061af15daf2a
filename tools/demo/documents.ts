import { between, digits } from './chance.ts';
import { documentEvent, type VoyageFile } from './events.ts';
import { DAY, HOUR, MINUTE } from './itinerary.ts';
import type { Timetable } from './timetable.ts';
import type { Report } from './voyage-plan.ts';

/** The instants on which the paperwork of a voyage depends; milliseconds since 1970. */
export interface PaperTrail {
  readonly booked: number;
  readonly confirmed: number;
  /** Infinity when the booking stands. */
  readonly voided: number;
  readonly actual: Timetable;
}

/** The reports about a voyage's documents: booking, shipping instructions, bill of lading, arrival notice, customs. */
export function documentReports(
  file: VoyageFile,
  { booked, confirmed, voided, actual }: PaperTrail,
): Report[] {
  const { shipment, itinerary, documentDrafted } = file;
  const { key, terminals, departure } = itinerary;
  const last = terminals.length - 1;
  const sailed = actual({ action: 'DEPARTURE', port: 0 });
  const landed = actual({ action: 'ARRIVAL', port: last });
  const discharged = actual({ action: 'DISCHARGE', port: last });
  const after = (instant: number, least: number, most: number, what: string): number =>
    instant + between(least, most, key, what) * HOUR;

  type Document = Parameters<typeof documentEvent>[1];
  const report = (at: number, port: number, document: Document): Report => {
    const { documentTypeCode, shipmentEventTypeCode } = document;
    const name = `${documentTypeCode} ${shipmentEventTypeCode}`;
    const version = { name, classifier: 'ACT', happens: at - MINUTE, created: at } as const;
    return { at, event: documentEvent(file, document, version, terminals[port]?.timeZone ?? 'UTC') };
  };
  const booking = { documentID: shipment.carrierBookingReference, documentTypeCode: 'BKG' } as const;
  const transport = { documentID: shipment.transportDocumentReference, documentTypeCode: 'TRD' } as const;
  const instructions = {
    documentID: `SI${digits(9, key, 'instructions')}`,
    documentTypeCode: 'SHI',
  } as const;
  const notice = { documentID: `AN${digits(9, key, 'notice')}`, documentTypeCode: 'ARN' } as const;
  const customs = { documentID: `CUS${digits(9, key, 'customs')}`, documentTypeCode: 'CUS' } as const;

  return [
    report(booked, 0, { ...booking, shipmentEventTypeCode: 'RECE' }),
    report(confirmed, 0, { ...booking, shipmentEventTypeCode: 'CONF' }),
    report(departure - 3 * DAY, 0, { ...instructions, shipmentEventTypeCode: 'RECE' }),
    report(documentDrafted, 0, { ...transport, shipmentEventTypeCode: 'DRFT' }),
    report(after(sailed, 5, 30, 'issued'), 0, { ...transport, shipmentEventTypeCode: 'ISSU' }),
    report(after(landed, -60, -40, 'noticed'), last, { ...notice, shipmentEventTypeCode: 'ISSU' }),
    report(after(landed, -30, -10, 'surrendered'), last, { ...transport, shipmentEventTypeCode: 'SURR' }),
    report(after(discharged, 4, 20, 'released'), last, { ...customs, shipmentEventTypeCode: 'RELS' }),
    ...(voided === Infinity
      ? []
      : [
          report(voided, 0, {
            ...booking,
            shipmentEventTypeCode: 'VOID',
            reason: 'Cancelled by the shipper',
          }),
        ]),
  ];
}
