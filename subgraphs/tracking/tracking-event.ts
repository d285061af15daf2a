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
  return `{"__typename":"TrackingEvent","id":"${event.id}","eventID":"${event.eventID}","eventType":"${
    facts.eventType
  }","eventClassifierCode":"${facts.eventClassifierCode}","eventTypeCode":"${
    facts.eventTypeCode
  }","eventDateTime":"${facts.eventDateTime.toISOString()}","eventCreatedDateTime":"${facts.eventCreatedDateTime.toISOString()}","receivedAt":"${event.receivedAt.toISOString()}","unLocationCode":${textOrNull(
    facts.unLocationCode,
  )},"equipmentReference":${textOrNull(facts.equipmentReference)},"emptyIndicatorCode":${textOrNull(
    facts.emptyIndicatorCode,
  )},"vesselIMONumber":${textOrNull(facts.transportCall?.vesselImo ?? null)},"documentID":${textOrNull(
    facts.documentID,
  )},"documentTypeCode":${textOrNull(facts.documentTypeCode)},"delayReasonCode":${textOrNull(
    facts.delayReasonCode,
  )},"changeRemark":${textOrNull(facts.changeRemark)},"isRetracted":${event.isRetracted}}`;
}

function textOrNull(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}
