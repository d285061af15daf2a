import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as codes from './codes.ts';
import { eventSchemas } from './event-schema.ts';
import { validateEvent } from './validate.ts';

const FOLDER = '../shared/data/dcsa';
const CONTRACT = `${FOLDER}/TNT_v2.2.0-resolved.yaml`;

describe.skipIf(!existsSync(CONTRACT))('the published contract', () => {
  const components = existsSync(CONTRACT)
    ? componentsOf(readFileSync(CONTRACT, 'utf8'))
    : new Map<string, string[]>();

  /** The lines of each schema, by its name; enough of YAML for a file that a program wrote. */
  function componentsOf(yaml: string): Map<string, string[]> {
    const lines = yaml.split('\n');
    const start = lines.indexOf('components:');
    const found = new Map<string, string[]>();
    let current: string[] = [];
    for (const line of lines.slice(start + 2)) {
      const name = /^ {4}(\w+):$/.exec(line)?.[1];
      if (/^ {2}\w/.test(line)) break;
      if (name === undefined) current.push(line.slice(6));
      else found.set(name, (current = []));
    }
    return found;
  }

  const component = (name: string) => components.get(name) ?? [];

  function enumOf(name: string): string[] {
    const lines = component(name);
    const start = lines.indexOf('enum:');
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => !line.startsWith('- '));
    return start < 0 ? [] : rest.slice(0, end < 0 ? undefined : end).map((line) => line.slice(2));
  }

  function requiredOf(name: string): string[] {
    const lines = component(name);
    const rest = lines.slice(lines.indexOf('required:') + 1);
    return rest
      .slice(
        0,
        rest.findIndex((line) => !line.startsWith('- ')),
      )
      .map((line) => line.slice(2));
  }

  test.each([
    ['transportEventTypeCode', codes.transportEventTypeCodes],
    ['equipmentEventTypeCode', codes.equipmentEventTypeCodes],
    ['shipmentEventTypeCode', codes.shipmentEventTypeCodes],
    ['documentTypeCode', codes.documentTypeCodes],
    ['emptyIndicatorCode', codes.emptyIndicatorCodes],
    ['modeOfTransport', codes.modesOfTransport],
    ['facilityTypeCodeTRN', codes.facilityTypeCodes],
    ['facilityCodeListProvider', codes.facilityCodeListProviders],
    ['vesselOperatorCarrierCodeListProvider', codes.carrierCodeListProviders],
    ['referenceType', codes.referenceTypes],
    ['sealSource', codes.sealSources],
    ['sealType', codes.sealTypes],
    ['shipmentInformationType', codes.shipmentInformationTypeCodes],
  ])('has our codes for %s', (name, list) => {
    expect(enumOf(name)).toEqual(list);
  });

  test.each([
    ['SHIPMENT', 'baseShipmentEvent'],
    ['TRANSPORT', 'baseTransportEvent'],
    ['EQUIPMENT', 'baseEquipmentEvent'],
  ] as const)('requires what we require of a %s event', (eventType, name) => {
    const required = [...requiredOf('baseEvent'), ...requiredOf('baseEventBody'), ...requiredOf(name)];
    const { required: ours } = eventSchemas[eventType] as { required: string[] };
    expect(ours.toSorted()).toEqual(required.toSorted());
  });

  test('has our lengths wherever it has any', () => {
    const lengths = new Map<string, number>();
    const collect = (schema: unknown) => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties, items } = schema as { properties?: Record<string, unknown>; items?: unknown };
      for (const [name, property] of Object.entries(properties ?? {})) {
        const { maxLength } = property as { maxLength?: number };
        if (maxLength !== undefined) lengths.set(name, maxLength);
        collect(property);
      }
      collect(items);
    };
    Object.values(eventSchemas).forEach(collect);
    // By the names that the contract gives the schemas of these properties.
    const aliases: Record<string, string> = { name: 'addressName', street: 'streetName', city: 'cityName' };
    const unlimited = new Set(['documentID', 'reason', 'documentReferenceValue']);
    expect(lengths.size).toBeGreaterThan(25);
    for (const [name, length] of lengths) {
      const line = component(aliases[name] ?? name).find((each) => each.startsWith('maxLength: '));
      expect(`${name} ${line}`).toBe(`${name} ${unlimited.has(name) ? undefined : `maxLength: ${length}`}`);
    }
  });
});

describe.skipIf(!existsSync(FOLDER))('the published samples', () => {
  const validate = (name: string) => {
    const events = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as unknown[];
    return events.map((event) => validateEvent(event, Date.now()));
  };
  const faultsOf = (name: string) =>
    validate(name).map((validation) =>
      validation.ok ? [] : validation.faults.map(({ field, value }) => [field, value]),
    );

  test('tnt-220-response: all seven pass, each with an ID of its own', () => {
    const results = validate('tnt-220-response');
    expect(results.map(({ ok }) => ok)).toEqual(Array(7).fill(true));
    expect(new Set(results.map((result) => result.ok && result.eventID)).size).toBe(7);
  });

  test('wrong-attribute-values: places in no country, a check digit', () => {
    expect(faultsOf('tnt-220-response-wrong-attribute-values')).toEqual([
      [
        ['transportCall.UNLocationCode', 'XYABC'],
        ['transportCall.location.UNLocationCode', 'XYBCD'],
      ],
      // VOID and ARN are among the contract's codes, and it doesn't say which go together.
      [],
      [
        ['equipmentReference', 'APZU2134567'],
        ['eventLocation.UNLocationCode', 'XYABC'],
        ['transportCall.UNLocationCode', 'XYBCD'],
        ['transportCall.location.UNLocationCode', 'XYCDE'],
      ],
    ]);
  });

  test('wrong-date-times: one is right', () => {
    expect(faultsOf('tnt-220-response-wrong-date-times')).toEqual([
      [],
      [['eventCreatedDateTime', null]],
      [['eventDateTime', null]],
      [['eventCreatedDateTime', '2021 01 01 14:12:56']],
      [['eventDateTime', '2019/11/12 07:41:00 +08:30']],
      [['eventCreatedDateTime', '1999-01-01T14:12:56Z']],
      [['eventCreatedDateTime', '2099-01-01T14:12:56Z']],
    ]);
  });

  test('wrong-event-ids: two IDs are wrong, two are there twice', () => {
    expect(faultsOf('tnt-220-response-wrong-event-ids')).toEqual([
      [['eventID', 123456789]],
      [['eventID', 'incorrect']],
      ...Array<[]>(5).fill([]),
    ]);
    const ids = validate('tnt-220-response-wrong-event-ids').flatMap((result) =>
      result.ok ? result.eventID : [],
    );
    expect(new Set(ids).size).toBe(3);
  });

  test('wrong-structure: what holds events is no event', () => {
    const missing = ['eventType', 'eventClassifierCode', 'eventDateTime', 'eventCreatedDateTime'];
    const faults = missing.map((field) => [field, null]);
    expect(faultsOf('tnt-220-response-wrong-structure')).toEqual([faults, faults]);
  });
});
