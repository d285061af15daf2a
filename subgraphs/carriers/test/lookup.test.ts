import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REFERENCE_CARRIERS } from '../reference-data/carriers.ts';
import { startCarriersUnderTest, type CarriersUnderTest } from './carriers-service.ts';

let carriers: CarriersUnderTest;
const query: CarriersUnderTest['query'] = (...given) => carriers.query(...given);

beforeAll(async () => {
  carriers = await startCarriersUnderTest();
});
afterAll(() => carriers.close());

describe('a carrier', () => {
  const hapagLloyd = { scac: 'HLCU', smdgCode: 'HLC', name: 'Hapag-Lloyd', countryCode: 'DE' };
  const id = REFERENCE_CARRIERS.find(({ scac }) => scac === 'HLCU')?.id;

  test.each([
    ['scac', 'HLCU'],
    ['scac', 'hlcu'],
    ['smdgCode', 'HLC'],
    ['id', id],
    ['id', id?.toUpperCase()],
  ])('is found by %s %s', async (argument, code) => {
    const { data } = await query(`{ carrier(${argument}: "${code}") { id scac smdgCode name countryCode } }`);
    expect(data).toEqual({ carrier: { id, ...hapagLloyd } });
  });

  test('that does not exist is null', async () => {
    expect(await query('{ carrier(scac: "XXXX") { id } }')).toEqual({ data: { carrier: null } });
  });

  test.each([
    ['', 'carrier is {}: expected exactly one of id, scac and smdgCode'],
    ['(scac: "HLCU", smdgCode: "HLC")', 'expected exactly one of id, scac and smdgCode'],
    ['(id: "17")', 'id is "17": expected a UUID'],
    ['(scac: "HLCU1")', 'scac is "HLCU1": expected a Standard Carrier Alpha Code: two to four letters'],
    ['(smdgCode: "")', 'smdgCode is "": expected an SMDG liner code: three letters or digits'],
  ])('asked for as carrier%s is refused', async (argument, message) => {
    const { errors, data } = await query(`{ carrier${argument} { id } }`);
    expect(data).toEqual({ carrier: null });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message) as string, extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('has vessels', async () => {
    const { data } = await query(`{ carrier(scac: "MAEU") {
      vessels(first: 2) { edges { node { imo name operator { scac } } } pageInfo { hasNextPage endCursor } }
    } }`);
    expect(data).toMatchObject({
      carrier: {
        vessels: {
          edges: [
            { node: { imo: '9948748', name: 'Ane Maersk', operator: { scac: 'MAEU' } } },
            { node: { imo: '9321500', name: 'Eleonora Maersk' } },
          ],
          pageInfo: { hasNextPage: true },
        },
      },
    });
  });
});

describe('a port', () => {
  const shanghai = {
    unlocode: 'CNSHA',
    name: 'Shanghai',
    countryCode: 'CN',
    coordinates: { latitude: 31.2304, longitude: 121.4737 },
    timeZone: 'Asia/Shanghai',
    aliases: ['CNSGH'],
  };
  const fields = 'unlocode name countryCode coordinates { latitude longitude } timeZone aliases';

  test.each(['CNSHA', 'CNSGH', 'cn sha'])('asked for as %s is found under its own code', async (code) => {
    const { data } = await query(`query ($code: String!) { port(unlocode: $code) { ${fields} } }`, { code });
    expect(data).toEqual({ port: shanghai });
  });

  test('that does not exist is null; one without a place has no coordinates', async () => {
    const { data } = await query(
      '{ none: port(unlocode: "XXXXX") { name } some: port(unlocode: "ESEBO") { coordinates { latitude } } }',
    );
    expect(data).toEqual({ none: null, some: { coordinates: null } });
  });

  test('with a code that cannot be is refused', async () => {
    const { errors } = await query('{ port(unlocode: "Shanghai") { name } }');
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^unlocode is "Shanghai": expected a UN\/LOCODE/) as string,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('a vessel', () => {
  test('is found by its IMO number', async () => {
    const { data } = await query(
      '{ vessel(imo: "IMO 9321483") { imo name flag capacityTeu serviceSpeedKnots operator { name } } }',
    );
    expect(data).toEqual({
      vessel: {
        imo: '9321483',
        name: 'Emma Maersk',
        flag: 'DK',
        capacityTeu: 14770,
        serviceSpeedKnots: 25.5,
        operator: { name: 'Maersk' },
      },
    });
  });

  test('that the register does not know is null; a wrong check digit is refused', async () => {
    const { data, errors } = await query(
      '{ none: vessel(imo: "9074729") { name } wrong: vessel(imo: "9321484") { name } }',
    );
    expect(data).toEqual({ none: null, wrong: null });
    expect(errors).toMatchObject([
      {
        path: ['wrong'],
        message: expect.stringContaining('check digit') as string,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('an entity', () => {
  const resolve = async (representations: readonly object[]): Promise<unknown> => {
    const answer = await query(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        __typename
        ... on Carrier { id scac }
        ... on Port { unlocode name aliases }
        ... on Vessel { imo vesselName: name operator { scac } }
      } }`,
      { representations },
    );
    expect(answer.errors).toBeUndefined();
    return answer.data?._entities;
  };
  const id = REFERENCE_CARRIERS.find(({ scac }) => scac === 'ONEY')?.id;

  test('is found by each of its keys, in the order asked', async () => {
    expect(
      await resolve([
        { __typename: 'Vessel', imo: '9806079' },
        { __typename: 'Carrier', scac: 'ONEY' },
        { __typename: 'Port', unlocode: 'NLRTM' },
        { __typename: 'Carrier', id },
      ]),
    ).toEqual([
      { __typename: 'Vessel', imo: '9806079', vesselName: 'ONE Apus', operator: { scac: 'ONEY' } },
      { __typename: 'Carrier', id, scac: 'ONEY' },
      { __typename: 'Port', unlocode: 'NLRTM', name: 'Rotterdam', aliases: [] },
      { __typename: 'Carrier', id, scac: 'ONEY' },
    ]);
  });

  test('asked for by an alias keeps that key, also beside the port itself', async () => {
    expect(
      await resolve([
        { __typename: 'Port', unlocode: 'CNSGH' },
        { __typename: 'Port', unlocode: 'CNSHA' },
      ]),
    ).toEqual([
      { __typename: 'Port', unlocode: 'CNSGH', name: 'Shanghai', aliases: ['CNSHA'] },
      { __typename: 'Port', unlocode: 'CNSHA', name: 'Shanghai', aliases: ['CNSGH'] },
    ]);
  });

  test('vessel that the register does not know is there without a name', async () => {
    expect(await resolve([{ __typename: 'Vessel', imo: '9074729' }])).toEqual([
      { __typename: 'Vessel', imo: '9074729', vesselName: null, operator: null },
    ]);
  });

  test('with a key that cannot be, or that is not known, is null', async () => {
    const representations = [
      { __typename: 'Port', unlocode: 'XXXXX' },
      { __typename: 'Port', unlocode: 'cnsha' },
      { __typename: 'Port', unlocode: 7 },
      { __typename: 'Port' },
      { __typename: 'Carrier', scac: 'XXXX' },
      { __typename: 'Carrier', scac: "'; --" },
      { __typename: 'Carrier', id: 'none' },
      { __typename: 'Carrier', id: null },
      { __typename: 'Vessel', imo: '9321484' },
    ];
    expect(await resolve(representations)).toEqual(representations.map(() => null));
  });
});

describe('without the right to read', () => {
  const everything =
    '{ carriers { edges { node { name } } } _entities(representations: [{__typename: "Port", unlocode: "CNSHA"}]) { ... on Port { name } } }';

  test('no token, no data', async () => {
    const answer = await query(everything, {}, null);
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  test('a token without the scope reads neither roots nor entities', async () => {
    const token = await carriers.platform.token('integration');
    const lists = await query('{ carriers { edges { node { name } } } }', {}, token);
    expect(lists.errors).toMatchObject([{ path: ['carriers'], extensions: { code: 'FORBIDDEN' } }]);
    const entities = await query(everything.replace(/^\{ carriers.*?\} \} \}/, '{'), {}, token);
    expect(entities.data).toBeNull();
    expect(entities.errors).toMatchObject([{ path: ['_entities'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('the schema can be asked for', async () => {
    const { data } = await query('{ _service { sdl } }', {}, null);
    expect(data).toMatchObject({ _service: { sdl: expect.stringContaining('type Carrier') as string } });
  });
});
