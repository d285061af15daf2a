import { describe, expect, test } from 'vitest';
import type { DcsaEvent } from './dcsa/event.ts';
import { knownEvent } from './event-version.ts';
import { learnReferences } from './learned-references.ts';
import { concerns, keyTexts, referenceKeysOf, shipmentKeyTexts } from './references.ts';
import type { ShipmentReferences } from './references.ts';
import {
  CONTAINERS,
  day,
  equipmentEvent,
  ofBooking,
  shipmentEvent,
  transportEvent,
} from './test/event-builders.ts';

const shipment: ShipmentReferences = {
  carrierBookingReference: 'B1',
  transportDocumentReference: 'T1',
  containers: [CONTAINERS[0]],
  returnedAt: null,
};
const TIME = new Date(day(10));

const documents = (...references: ['BKG' | 'TRD', string][]) => ({
  documentReferences: references.map(([documentReferenceType, documentReferenceValue]) => ({
    documentReferenceType,
    documentReferenceValue,
  })),
});
const equipment = (...numbers: string[]) => ({
  references: numbers.map((referenceValue) => ({ referenceType: 'EQ' as const, referenceValue })),
});
const doesConcern = (event: DcsaEvent, changes: Partial<ShipmentReferences> = {}) =>
  concerns(referenceKeysOf(event), { ...shipment, ...changes }, TIME);

test('the references of an event are those of its documents and containers', () => {
  const event = equipmentEvent('LOAD', 'CNSHA', {
    ...documents(['BKG', ' B1 '], ['TRD', 'T1'], ['BKG', 'B1'], ['BKG', ' ']),
    ...equipment(CONTAINERS[1], CONTAINERS[0]),
  });
  expect(keyTexts(referenceKeysOf(event))).toEqual([
    'BKG:B1',
    'TRD:T1',
    `EQ:${CONTAINERS[0]}`,
    `EQ:${CONTAINERS[1]}`,
  ]);
  const ofDocument = (documentTypeCode: 'CBR' | 'BKG' | 'TRD' | 'SHI') =>
    keyTexts(referenceKeysOf(shipmentEvent('CONF', { documentTypeCode, documentID: 'D1' })));
  expect(ofDocument('BKG')).toEqual(['BKG:D1']);
  expect(ofDocument('CBR')).toEqual(['BKG:D1']);
  expect(ofDocument('TRD')).toEqual(['TRD:D1']);
  expect(ofDocument('SHI')).toEqual([]);
  expect(shipmentKeyTexts(shipment)).toEqual(['BKG:B1', 'TRD:T1', `EQ:${CONTAINERS[0]}`]);
  expect(shipmentKeyTexts({ ...shipment, carrierBookingReference: null, containers: [] })).toEqual([
    'TRD:T1',
  ]);
});

describe('an event concerns a shipment', () => {
  test('by its booking, before anything else', () => {
    expect(doesConcern(transportEvent('DEPA', 'CNSHA', ofBooking('B1')))).toBe(true);
    expect(doesConcern(transportEvent('DEPA', 'CNSHA', documents(['BKG', 'B1'], ['TRD', 'T2'])))).toBe(true);
    expect(doesConcern(equipmentEvent('LOAD', 'CNSHA', documents(['BKG', 'B2'], ['TRD', 'T1'])))).toBe(false);
  });

  test('by its transport document, where one of them has no booking', () => {
    const event = equipmentEvent('LOAD', 'CNSHA', documents(['TRD', 'T1']));
    expect(doesConcern(event)).toBe(true);
    expect(doesConcern(event, { transportDocumentReference: 'T2' })).toBe(false);
    const both = transportEvent('DEPA', 'CNSHA', documents(['BKG', 'B2'], ['TRD', 'T1']));
    expect(doesConcern(both, { carrierBookingReference: null })).toBe(true);
  });

  test('by a container, where no document tells', () => {
    const event = equipmentEvent('LOAD', 'CNSHA');
    expect(doesConcern(event)).toBe(true);
    expect(doesConcern(transportEvent('DEPA', 'CNSHA', equipment(CONTAINERS[0])))).toBe(true);
    expect(doesConcern(equipmentEvent('LOAD', 'CNSHA', { equipmentReference: CONTAINERS[1] }))).toBe(false);
    expect(
      doesConcern(equipmentEvent('LOAD', 'CNSHA', ofBooking('B2')), { carrierBookingReference: null }),
    ).toBe(true);
  });

  test('by a container only until it is back', () => {
    const event = equipmentEvent('GTOT', 'CNSHA');
    expect(doesConcern(event, { returnedAt: new Date(day(9)) })).toBe(false);
    expect(doesConcern(event, { returnedAt: new Date(day(10)) })).toBe(true);
    const named = equipmentEvent('GTOT', 'CNSHA', ofBooking('B1'));
    expect(doesConcern(named, { returnedAt: new Date(day(9)) })).toBe(true);
  });

  test('not when neither names anything', () => {
    const nothing = { carrierBookingReference: null, transportDocumentReference: null, containers: [] };
    expect(doesConcern(transportEvent('DEPA', 'CNSHA'), nothing)).toBe(false);
  });
});

describe('a shipment learns', () => {
  const learn = (changes: Partial<ShipmentReferences>, ...events: DcsaEvent[]) =>
    learnReferences(
      { ...shipment, ...changes },
      events.map((payload) => knownEvent({ producerId: 'p', eventID: payload.eventID ?? '', payload })),
    );

  test('what events name beside its booking', () => {
    const event = equipmentEvent('LOAD', 'CNSHA', {
      ...documents(['BKG', 'B1'], ['TRD', 'T7']),
      equipmentReference: CONTAINERS[1],
      ISOEquipmentCode: '45R1',
    });
    expect(learn({ transportDocumentReference: null }, event)).toEqual({
      carrierBookingReference: 'B1',
      transportDocumentReference: 'T7',
      newContainers: [{ equipmentReference: CONTAINERS[1], isoEquipmentCode: '45R1' }],
    });
    const billOnly = transportEvent('DEPA', 'CNSHA', documents(['BKG', 'B1'], ['TRD', 'T7']));
    expect(learn({ transportDocumentReference: null }, billOnly).transportDocumentReference).toBe('T7');
    const byBill = transportEvent('DEPA', 'CNSHA', documents(['BKG', 'B7'], ['TRD', 'T1']));
    expect(learn({ carrierBookingReference: null }, byBill).carrierBookingReference).toBe('B7');
  });

  test('nothing from a container alone, nothing that it knows, nothing that is no container', () => {
    const nothingNew = { carrierBookingReference: 'B1', transportDocumentReference: 'T1', newContainers: [] };
    const alone = equipmentEvent('LOAD', 'CNSHA', {
      ...documents(['TRD', 'T7']),
      ...equipment(CONTAINERS[1]),
    });
    expect(learn({}, alone)).toEqual(nothingNew);
    const odd = equipmentEvent('LOAD', 'CNSHA', {
      ...ofBooking('B1'),
      ...equipment('FLAT-1', CONTAINERS[0]),
    });
    expect(learn({}, odd)).toEqual(nothingNew);
    const long = transportEvent('DEPA', 'CNSHA', documents(['BKG', 'B1'], ['TRD', 'x'.repeat(21)]));
    expect(learn({ transportDocumentReference: null }, long).transportDocumentReference).toBeNull();
  });

  test('no more than a hundred containers', () => {
    const containers = Array.from({ length: 99 }, (_, index) => `KNOWN-${index}`);
    const event = transportEvent('DEPA', 'CNSHA', { ...ofBooking('B1'), ...equipment(...CONTAINERS) });
    expect(learn({ containers }, event).newContainers).toHaveLength(1);
  });
});
