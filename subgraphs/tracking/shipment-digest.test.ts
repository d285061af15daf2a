import { expect, test } from 'vitest';
import type { DcsaEvent, DcsaTransportCall } from './dcsa/event.ts';
import { knownEvent } from './event-version.ts';
import { ShipmentDigest } from './shipment-digest.ts';
import {
  CONTAINERS,
  ORIGIN,
  TRANSSHIPMENT,
  VESSELS,
  day,
  equipmentEvent,
  shipmentEvent,
  transportEvent,
  vesselCall,
} from './test/event-builders.ts';

/** How many of two events decide, of which the first one comes first by every order that a class has. */
function deciding(first: DcsaEvent, second: DcsaEvent): number {
  const times = [
    { eventDateTime: day(1), eventCreatedDateTime: '2026-04-02T00:00:00Z' },
    { eventDateTime: day(2), eventCreatedDateTime: '2026-04-01T00:00:00Z' },
  ];
  const digest = new ShipmentDigest();
  for (const [place, event] of [first, second].entries()) {
    const payload = { ...event, eventClassifierCode: 'EST', ...times[place] } as DcsaEvent;
    digest.add(knownEvent({ producerId: 'p', eventID: payload.eventID ?? '', payload }));
  }
  return digest.words().length;
}

const called = (changes: Partial<DcsaTransportCall>): DcsaEvent =>
  transportEvent('ARRI', ORIGIN, { transportCall: vesselCall(ORIGIN, { transportCallID: 'C', ...changes }) });
const moved = (place: string, call?: Partial<DcsaTransportCall>): DcsaEvent =>
  equipmentEvent('LOAD', place, {
    ...(call && { transportCall: vesselCall(ORIGIN, { transportCallID: 'C', ...call }) }),
  });

const base = called({});
const [voyage, otherVoyage] = [called({ exportVoyageNumber: '1' }), called({ exportVoyageNumber: '2' })];

test.each([
  [
    'code',
    base,
    transportEvent('DEPA', ORIGIN, { transportCall: vesselCall(ORIGIN, { transportCallID: 'C' }) }),
  ],
  ['call', base, called({ transportCallID: 'D' })],
  ['mode', base, called({ modeOfTransport: 'BARGE' })],
  ['place', base, called({ UNLocationCode: TRANSSHIPMENT })],
  ['facility', base, called({ facilityTypeCode: 'DEPO' })],
  ['vessel', base, called({ vessel: { vesselIMONumber: VESSELS[1] } })],
  ['sequence', base, called({ transportCallSequenceNumber: 1 })],
  ['coordinates', base, called({ location: { latitude: '1', longitude: '2' } })],
  ['export voyage', voyage, otherVoyage],
  ['kind of voyage', voyage, called({ importVoyageNumber: '1' })],
  ['service', base, called({ carrierServiceCode: 'S' })],
  ['emptiness', moved(ORIGIN), equipmentEvent('LOAD', ORIGIN, { emptyIndicatorCode: 'EMPTY' })],
  ['container', moved(ORIGIN), equipmentEvent('LOAD', ORIGIN, { equipmentReference: CONTAINERS[1] })],
  ['presence of a call', moved(ORIGIN), moved(ORIGIN, {})],
  ['place of the call', moved(ORIGIN, {}), moved(ORIGIN, { UNLocationCode: TRANSSHIPMENT })],
  ['place of the event', moved(ORIGIN, {}), moved(TRANSSHIPMENT, {})],
  ['document', shipmentEvent('CONF'), shipmentEvent('CONF', { documentTypeCode: 'TRD' })],
] satisfies [string, DcsaEvent, DcsaEvent][])('events that differ in their %s are told apart', (_, a, b) => {
  expect(deciding(a, b)).toBe(2);
});

test.each([
  ['transport', base, called({})],
  ['equipment', moved(ORIGIN, {}), moved(ORIGIN, {})],
  ['shipment', shipmentEvent('CONF'), shipmentEvent('CONF', { documentID: 'other' })],
] satisfies [string, DcsaEvent, DcsaEvent][])(
  'of %s events that differ in nothing but their times, the first decide',
  (_, a, b) => {
    expect(deciding(a, b)).toBe(1);
  },
);
