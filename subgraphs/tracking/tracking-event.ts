import type { StoredEvent } from './ingestion/stored-event.ts';

/** The scalar fields of `TrackingEvent`, by their names in the schema. */
export function trackingEventOf({ facts, ...event }: StoredEvent) {
  return {
    id: event.id,
    eventID: event.eventID,
    eventType: facts.eventType,
    eventClassifierCode: facts.eventClassifierCode,
    eventTypeCode: facts.eventTypeCode,
    eventDateTime: facts.eventDateTime,
    eventCreatedDateTime: facts.eventCreatedDateTime,
    receivedAt: event.receivedAt,
    unLocationCode: facts.unLocationCode,
    equipmentReference: facts.equipmentReference,
    emptyIndicatorCode: facts.emptyIndicatorCode,
    vesselIMONumber: facts.transportCall?.vesselImo ?? null,
    documentID: facts.documentID,
    documentTypeCode: facts.documentTypeCode,
    delayReasonCode: facts.delayReasonCode,
    changeRemark: facts.changeRemark,
    isRetracted: event.isRetracted,
  };
}

export type TrackingEvent = ReturnType<typeof trackingEventOf>;

/** As JSON, with its type's name: `trackingEventOf` written out, since every change of a shipment is told by one. */
export function trackingEventText(event: StoredEvent): string {
  const { facts } = event;
  const times = `"eventDateTime":"${facts.eventDateTime.toISOString()}","eventCreatedDateTime":"${facts.eventCreatedDateTime.toISOString()}","receivedAt":"${receivedText(event.receivedAt)}"`;
  const codes = `"eventType":"${facts.eventType}","eventClassifierCode":"${facts.eventClassifierCode}","eventTypeCode":"${facts.eventTypeCode}","unLocationCode":${textOrNull(facts.unLocationCode)},"emptyIndicatorCode":${textOrNull(facts.emptyIndicatorCode)},"vesselIMONumber":${textOrNull(facts.transportCall?.vesselImo ?? null)},"documentTypeCode":${textOrNull(facts.documentTypeCode)}`;
  const texts = `"equipmentReference":${textOrNull(facts.equipmentReference)},"documentID":${textOrNull(facts.documentID)},"delayReasonCode":${textOrNull(facts.delayReasonCode)},"changeRemark":${textOrNull(facts.changeRemark)}`;
  return `{"__typename":"TrackingEvent","id":"${event.id}","eventID":"${event.eventID}",${codes},${times},${texts},"isRetracted":${event.isRetracted}}`;
}

/** What was written last: those of a batch were received together. */
let received = new Date(0);
let receivedISO = received.toISOString();

function receivedText(instant: Date): string {
  if (instant !== received) {
    received = instant;
    receivedISO = instant.toISOString();
  }
  return receivedISO;
}

function textOrNull(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}
