import type { EventClassifierCode } from '#subgraphs/tracking/dcsa/codes.ts';
import type {
  DcsaEquipmentEvent,
  DcsaEvent,
  DcsaLocation,
  DcsaShipmentEvent,
  DcsaTransportCall,
  DcsaTransportEvent,
} from '#subgraphs/tracking/dcsa/event.ts';
import { fixedUuid } from './chance.ts';
import type { DemoContainer, DemoShipment } from './demo-shipment.ts';
import type { Incident } from './disruptions.ts';
import { MINUTE, type Itinerary, type Leg } from './itinerary.ts';
import { localTime, utc } from './local-time.ts';
import type { Terminal } from './terminals.ts';
import type { Step } from './timetable.ts';

/** What the events of one voyage have in common. */
export interface VoyageFile {
  readonly shipment: DemoShipment;
  readonly itinerary: Itinerary;
  /** From when on the carrier quotes the transport document; milliseconds since 1970. */
  readonly documentDrafted: number;
}

/** When a version of an event was made and what it is; instants in milliseconds since 1970. */
export interface Version {
  /** Tells apart the events of one voyage. */
  readonly name: string;
  readonly classifier: EventClassifierCode;
  /** When it happens. */
  readonly happens: number;
  /** When the first version was made. */
  readonly created: number;
  /** When this version was made, unless it is the first. */
  readonly updated?: number;
  readonly isRetracted?: boolean;
  readonly changeRemark?: string;
}

/** SMDG's codes of terminals; the contract has them in locations and calls alike. */
interface Facility {
  facilityCode: string;
  facilityCodeListProvider: 'SMDG';
}

/** The planned times of a schedule are whole multiples of this. */
const SCHEDULE_GRAIN = 5 * MINUTE;

const EQUIPMENT_CODES = {
  EMPTY_PICKUP: ['GTOT', 'EMPTY'],
  GATE_IN: ['GTIN', 'LADEN'],
  LOAD: ['LOAD', 'LADEN'],
  DISCHARGE: ['DISC', 'LADEN'],
  GATE_OUT: ['GTOT', 'LADEN'],
  EMPTY_RETURN: ['GTIN', 'EMPTY'],
} as const;

/** An event about the vessel's arrival or departure. */
export function transportEvent(
  file: VoyageFile,
  step: Step,
  version: Version,
  reason: Incident | null,
): DcsaEvent {
  const terminal = terminalOf(file, step);
  const changeRemark = version.changeRemark ?? reason?.changeRemark;
  const event: DcsaTransportEvent = {
    ...stampOf(file, version, terminal.timeZone),
    eventType: 'TRANSPORT',
    transportEventTypeCode: step.action === 'ARRIVAL' ? 'ARRI' : 'DEPA',
    ...(reason ? { delayReasonCode: reason.delayReasonCode } : {}),
    ...(changeRemark ? { changeRemark } : {}),
    transportCall: transportCallOf(file, step),
    documentReferences: documentReferencesOf(file, version),
  };
  return event;
}

/** An event about one container. */
export function equipmentEvent(
  file: VoyageFile,
  step: Step,
  container: DemoContainer,
  version: Version,
): DcsaEvent {
  const { action } = step;
  if (action === 'ARRIVAL' || action === 'DEPARTURE')
    throw new RangeError(`${action} happens to no container`);
  const [equipmentEventTypeCode, emptyIndicatorCode] = EQUIPMENT_CODES[action];
  const terminal = terminalOf(file, step);
  const atDepot = emptyIndicatorCode === 'EMPTY';
  const event: DcsaEquipmentEvent = {
    ...stampOf(file, version, terminal.timeZone),
    eventType: 'EQUIPMENT',
    equipmentEventTypeCode,
    equipmentReference: container.equipmentReference,
    ISOEquipmentCode: container.isoEquipmentCode,
    emptyIndicatorCode,
    eventLocation: atDepot ? depotOf(terminal) : locationOf(terminal),
    ...(action === 'LOAD' || action === 'DISCHARGE' ? { transportCall: transportCallOf(file, step) } : {}),
    documentReferences: documentReferencesOf(file, version),
  };
  return event;
}

/** An event about a document; always actual. */
export function documentEvent(
  file: VoyageFile,
  document: Pick<DcsaShipmentEvent, 'documentID' | 'documentTypeCode' | 'shipmentEventTypeCode' | 'reason'>,
  version: Version,
  timeZone: string,
): DcsaEvent {
  const stamp = stampOf(file, version, timeZone);
  const equipment = file.shipment.containers.map(
    ({ equipmentReference }) => ({ referenceType: 'EQ', referenceValue: equipmentReference }) as const,
  );
  return { ...stamp, eventType: 'SHIPMENT', ...document, references: [...stamp.references, ...equipment] };
}

function stampOf({ shipment }: VoyageFile, version: Version, timeZone: string) {
  const { name, classifier, happens, created, updated, isRetracted } = version;
  const time = classifier === 'PLN' ? Math.round(happens / SCHEDULE_GRAIN) * SCHEDULE_GRAIN : happens;
  return {
    eventID: fixedUuid('event', shipment.id, name),
    eventCreatedDateTime: utc(created),
    ...(updated === undefined ? {} : { eventUpdatedDateTime: utc(updated) }),
    ...(isRetracted ? { isRetracted } : {}),
    eventClassifierCode: classifier,
    eventDateTime: localTime(time, timeZone),
    references: [{ referenceType: 'CR', referenceValue: shipment.reference } as const],
  };
}

function documentReferencesOf({ shipment, documentDrafted }: VoyageFile, { created, updated }: Version) {
  const booking = {
    documentReferenceType: 'BKG',
    documentReferenceValue: shipment.carrierBookingReference,
  } as const;
  const document = {
    documentReferenceType: 'TRD',
    documentReferenceValue: shipment.transportDocumentReference,
  } as const;
  return (updated ?? created) < documentDrafted ? [booking] : [booking, document];
}

/** The call of the vessel that a step belongs to: at a transshipment, one vessel comes in and another goes out. */
function transportCallOf(
  { shipment, itinerary }: VoyageFile,
  { action, port }: Step,
): DcsaTransportCall & Facility {
  const inbound = port > 0 && (action === 'ARRIVAL' || action === 'DISCHARGE');
  const { service, vessel, voyageNumber } = itinerary.legs[inbound ? port - 1 : port] as Leg;
  const terminal = itinerary.terminals[port] as Terminal;
  return {
    transportCallID: fixedUuid('call', shipment.id, port, inbound ? 'in' : 'out'),
    carrierServiceCode: service.code,
    ...(inbound ? { importVoyageNumber: voyageNumber } : { exportVoyageNumber: voyageNumber }),
    transportCallSequenceNumber: 1,
    UNLocationCode: terminal.unlocode,
    facilityCode: terminal.facilityCode,
    facilityCodeListProvider: 'SMDG',
    facilityTypeCode: 'POTE',
    modeOfTransport: 'VESSEL',
    location: locationOf(terminal),
    vessel: { vesselIMONumber: vessel.imo, vesselName: vessel.name },
  };
}

function terminalOf({ itinerary }: VoyageFile, { port }: Step): Terminal {
  return itinerary.terminals[port] as Terminal;
}

function locationOf({
  unlocode,
  name,
  facilityCode,
  latitude,
  longitude,
}: Terminal): DcsaLocation & Facility {
  return {
    locationName: name,
    latitude: latitude.toFixed(4),
    longitude: longitude.toFixed(4),
    UNLocationCode: unlocode,
    facilityCode,
    facilityCodeListProvider: 'SMDG',
  };
}

/** Where the carrier keeps its empty containers, near the port. */
function depotOf({ unlocode, port }: Terminal): DcsaLocation {
  return { locationName: `${port} empty container depot`, UNLocationCode: unlocode };
}
