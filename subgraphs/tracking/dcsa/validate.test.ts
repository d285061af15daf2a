import { describe, expect, test } from 'vitest';
import { derivedEventID } from './event-id.ts';
import { instantOf, parseInstant } from './date-time.ts';
import type { FieldFault } from './fault.ts';
import { validateEvent } from './validate.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');

const shipment = {
  eventID: '7b0c5a54-7f0e-4f3c-9a55-0a2f4f2c1d11',
  eventType: 'SHIPMENT',
  eventClassifierCode: 'ACT',
  eventCreatedDateTime: '2026-05-02T08:00:00Z',
  eventDateTime: '2026-05-02T16:00:00+08:00',
  shipmentEventTypeCode: 'CONF',
  documentTypeCode: 'BKG',
  documentID: 'HLCU-4711',
};

const call = {
  transportCallID: 'SGSIN-0007-2',
  modeOfTransport: 'VESSEL',
  UNLocationCode: 'SGSIN',
  facilityTypeCode: 'POTE',
  exportVoyageNumber: '0007W',
  transportCallSequenceNumber: 2,
  location: { latitude: '1.2640', longitude: '103.84000' },
  vessel: { vesselIMONumber: '9321483', vesselName: 'Some Ship', vesselFlag: 'SG' },
};

const transport = {
  eventID: '7b0c5a54-7f0e-4f3c-9a55-0a2f4f2c1d12',
  eventType: 'TRANSPORT',
  eventClassifierCode: 'EST',
  eventCreatedDateTime: '2026-05-02T08:00:00Z',
  eventDateTime: '2026-05-12T16:00:00+08:00',
  transportEventTypeCode: 'ARRI',
  delayReasonCode: 'WEA',
  changeRemark: 'Typhoon',
  transportCall: call,
  documentReferences: [{ documentReferenceType: 'BKG', documentReferenceValue: 'HLCU-4711' }],
  references: [{ referenceType: 'EQ', referenceValue: 'CSQU3054383' }],
};

const equipment = {
  eventID: '7b0c5a54-7f0e-4f3c-9a55-0a2f4f2c1d13',
  eventType: 'EQUIPMENT',
  eventClassifierCode: 'PLN',
  eventCreatedDateTime: '2026-05-02T08:00:00Z',
  eventDateTime: '2026-05-13T09:30:00+08:00',
  equipmentEventTypeCode: 'DISC',
  equipmentReference: 'CSQU3054383',
  ISOEquipmentCode: '22G1',
  emptyIndicatorCode: 'LADEN',
  eventLocation: { UNLocationCode: 'SGSIN', address: { city: 'Singapore' } },
  transportCall: call,
  seals: [{ sealNumber: '12345', sealType: 'BLT' }],
};

function faultsOf(event: unknown): FieldFault[] {
  const validation = validateEvent(event, NOW);
  return validation.ok ? [] : validation.faults;
}

test.each([
  ['SHIPMENT', shipment],
  ['TRANSPORT', transport],
  ['EQUIPMENT', equipment],
])('a %s event that keeps the contract passes, and is given back as it is', (_type, event) => {
  expect(validateEvent(event, NOW)).toEqual({
    ok: true,
    event,
    text: JSON.stringify(event),
    eventID: event.eventID,
  });
});

test('what the contract leaves out is allowed', () => {
  const { eventID: _id, ...rest } = equipment;
  const { equipmentReference: _reference, transportCall: _call, eventLocation: _location, ...bare } = rest;
  expect(faultsOf({ ...bare, TEST_CASE: 'unknown', nested: { anything: [1] } })).toEqual([]);
  expect(faultsOf({ ...transport, documentReferences: [{}], references: [] })).toEqual([]);
  expect(faultsOf({ ...shipment, eventUpdatedDateTime: '2026-05-03T00:00:00Z', isRetracted: true })).toEqual(
    [],
  );
});

test.each<[string, unknown, string, unknown, string]>([
  ['missing field', { ...shipment, eventDateTime: undefined }, 'eventDateTime', null, 'is missing'],
  ['missing type', { ...shipment, eventType: undefined }, 'eventType', null, 'is missing'],
  [
    'unknown type',
    { ...shipment, eventType: 'IOT' },
    'eventType',
    'IOT',
    'expected one of SHIPMENT, TRANSPORT, EQUIPMENT',
  ],
  [
    'type of the prototype',
    { ...shipment, eventType: 'constructor' },
    'eventType',
    'constructor',
    'expected one of',
  ],
  ['ID that is a number', { ...shipment, eventID: 123456789 }, 'eventID', 123456789, 'expected a string'],
  ['ID that is no UUID', { ...shipment, eventID: 'incorrect' }, 'eventID', 'incorrect', 'expected a UUID'],
  [
    'ID with a prefix',
    { ...shipment, eventID: `urn:uuid:${shipment.eventID}` },
    'eventID',
    `urn:uuid:${shipment.eventID}`,
    'expected a UUID',
  ],
  ['null', { ...shipment, reason: null }, 'reason', null, 'expected a string'],
  [
    'code of another kind of event',
    { ...transport, transportEventTypeCode: 'LOAD' },
    'transportEventTypeCode',
    'LOAD',
    'expected one of ARRI, DEPA',
  ],
  ['no transport call', { ...transport, transportCall: undefined }, 'transportCall', null, 'is missing'],
  [
    'number for text, deep inside',
    { ...transport, transportCall: { ...call, vessel: { vesselIMONumber: 9321483 } } },
    'transportCall.vessel.vesselIMONumber',
    9321483,
    'expected a string',
  ],
  [
    'wrong IMO number',
    { ...transport, transportCall: { ...call, vessel: { vesselIMONumber: '9321484' } } },
    'transportCall.vessel.vesselIMONumber',
    '9321484',
    'expected 3',
  ],
  [
    'wrong flag',
    { ...transport, transportCall: { ...call, vessel: { vesselIMONumber: '9321483', vesselFlag: 'XX' } } },
    'transportCall.vessel.vesselFlag',
    'XX',
    'ISO 3166-1',
  ],
  [
    'place in no country',
    { ...transport, transportCall: { ...call, UNLocationCode: 'XYABC' } },
    'transportCall.UNLocationCode',
    'XYABC',
    'begins with XY',
  ],
  [
    'latitude out of range',
    { ...transport, transportCall: { ...call, location: { latitude: '90.01', longitude: '0' } } },
    'transportCall.location.latitude',
    '90.01',
    'from -90 to 90',
  ],
  [
    'longitude that is no decimal',
    { ...equipment, eventLocation: { latitude: '1', longitude: '1e2' } },
    'eventLocation.longitude',
    '1e2',
    'from -180 to 180',
  ],
  [
    'wrong check digit',
    { ...equipment, equipmentReference: 'APZU2134567' },
    'equipmentReference',
    'APZU2134567',
    'expected 4',
  ],
  [
    'size and type',
    { ...equipment, ISOEquipmentCode: '22g1' },
    'ISOEquipmentCode',
    '22g1',
    'ISO 6346 size and type',
  ],
  [
    'entry of a list',
    { ...transport, references: [transport.references[0], { referenceType: 'ZZ', referenceValue: 'x' }] },
    'references[1].referenceType',
    'ZZ',
    'expected one of FF, SI, PO, CR, AAO, EQ',
  ],
  [
    'list that is an object',
    { ...transport, references: {} },
    'references',
    'an object',
    'expected an array',
  ],
  [
    'long list',
    { ...transport, references: Array(101).fill(transport.references[0]) },
    'references',
    'a list of 101',
    'at most 100',
  ],
  [
    'long text',
    { ...transport, changeRemark: 'x'.repeat(251) },
    'changeRemark',
    `${'x'.repeat(100)}…`,
    'at most 250 characters',
  ],
  ['empty text', { ...shipment, documentID: '' }, 'documentID', '', 'not empty'],
  [
    'huge number',
    { ...transport, transportCall: { ...call, transportCallSequenceNumber: 1e12 } },
    'transportCall.transportCallSequenceNumber',
    1e12,
    'expected a number <=',
  ],
  ['retraction in words', { ...shipment, isRetracted: 'yes' }, 'isRetracted', 'yes', 'expected a boolean'],
  [
    'update time',
    { ...shipment, eventUpdatedDateTime: '2026-05-03' },
    'eventUpdatedDateTime',
    '2026-05-03',
    'RFC 3339',
  ],
  [
    'spaces in a time',
    { ...shipment, eventCreatedDateTime: '2021 01 01 14:12:56' },
    'eventCreatedDateTime',
    '2021 01 01 14:12:56',
    'RFC 3339',
  ],
  [
    'slashes in a time',
    { ...shipment, eventDateTime: '2019/11/12 07:41:00 +08:30' },
    'eventDateTime',
    '2019/11/12 07:41:00 +08:30',
    'RFC 3339',
  ],
  [
    'a day that is not',
    { ...shipment, eventDateTime: '2026-02-30T00:00:00Z' },
    'eventDateTime',
    '2026-02-30T00:00:00Z',
    'RFC 3339',
  ],
  [
    'made too early',
    { ...shipment, eventCreatedDateTime: '1999-12-31T23:59:59Z' },
    'eventCreatedDateTime',
    '1999-12-31T23:59:59Z',
    'too early: expected 2000-01-01 or later',
  ],
  [
    'made too late',
    { ...shipment, eventCreatedDateTime: '2026-06-02T12:00:01Z' },
    'eventCreatedDateTime',
    '2026-06-02T12:00:01Z',
    'too late: expected no later than a day from now',
  ],
  [
    'happening too late',
    { ...shipment, eventDateTime: '9999-12-31T00:00:00Z' },
    'eventDateTime',
    '9999-12-31T00:00:00Z',
    'no later than 5 years from now',
  ],
  ['text', 'event', 'event', 'event', 'expected an object'],
  ['a list', [shipment], 'event', 'a list of 1', 'expected an object'],
  ['null', null, 'event', null, 'expected an object'],
])('%s: refused, naming field, value and reason', (_name, event, field, value, reason) => {
  expect(faultsOf(event)).toEqual([{ field, value, reason: expect.stringContaining(reason) as string }]);
});

test('every fault of an event is named, once a field, within bounds', () => {
  const faults = faultsOf({ someEvents: [shipment] });
  expect(faults.map(({ field, reason }) => [field, reason])).toEqual([
    ['eventType', 'is missing'],
    ['eventClassifierCode', 'is missing'],
    ['eventDateTime', 'is missing'],
    ['eventCreatedDateTime', 'is missing'],
  ]);
  const many = faultsOf({ ...transport, references: Array(100).fill({}) });
  expect(many).toHaveLength(20);
  expect(JSON.stringify(faultsOf({ ...shipment, documentID: 'x'.repeat(5_000) })).length).toBeLessThan(500);
  const field = faultsOf({ ...shipment, 'a/b~c': { d: '\0' } })[0]?.field;
  expect(field).toBe('a/b~c.d');
});

describe('an event without an ID', () => {
  const { eventID: _none, ...nameless } = transport;

  test('gets one from its content, whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(nameless).toReversed());
    const id = derivedEventID(nameless);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(validateEvent(turned, NOW)).toMatchObject({ ok: true, eventID: id });
    expect(derivedEventID({ ...nameless, changeRemark: 'Fog' })).not.toBe(id);
  });

  test('keeps it when it is withdrawn', () => {
    const withdrawn = { ...nameless, isRetracted: true, eventUpdatedDateTime: '2026-05-03T00:00:00Z' };
    expect(derivedEventID(withdrawn)).toBe(derivedEventID(nameless));
  });
});

test('instants are read as RFC 3339 has them', () => {
  expect(parseInstant('2026-05-02T16:00:00+08:00')).toBe(Date.parse('2026-05-02T08:00:00Z'));
  expect(parseInstant('2026-05-02t08:00:00.123456789z')).toBe(Date.parse('2026-05-02T08:00:00.123Z'));
  expect(parseInstant('2016-12-31T23:59:60Z')).toBe(Date.parse('2017-01-01T00:00:00Z'));
  for (const wrong of [
    '2026-05-02',
    '2026-05-02T08:00Z',
    '2026-05-02T08:00:00',
    '2026-05-02 08:00:00Z',
    '2026-05-02T08:00:00+0800',
    '2026-05-02T24:00:00Z',
    '2025-02-29T08:00:00Z',
    '2026-05-02T08:00:60Z',
    '+002026-05-02T08:00:00Z',
    '2026-05-02T08:00:00Z\n',
  ]) {
    expect(parseInstant(wrong), wrong).toBeNull();
  }
  expect(() => instantOf('soon')).toThrow('"soon" is not an RFC 3339 date-time');
});
