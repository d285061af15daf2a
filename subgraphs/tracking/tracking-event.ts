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
