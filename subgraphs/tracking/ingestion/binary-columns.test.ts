import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  booleanColumn,
  floatColumn,
  instantColumn,
  integerColumn,
  jsonColumn,
  textColumn,
  textList,
  uuidColumn,
  uuidList,
} from './binary-columns.ts';

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
});
afterAll(() => client.end());

/** What Postgres has understood, as its own texts say it. */
async function arrive(column: Buffer, type: string): Promise<unknown> {
  const { rows } = await client.query<{ list: unknown }>(`SELECT $1::${type}[] AS list`, [column]);
  return rows[0]?.list;
}

const itself = <T>(value: T): T => value;

test('texts come to Postgres as they are, whatever they hold', async () => {
  const odd = ['a', '', ' ', 'NULL', null, 'a,b', '{}', '"', '\\', '\\"', 'x\ny\t\u0001', "'", 'é𝄞', 'A-1'];
  const texts = [...odd, 'long '.repeat(1_000), '𝄞'.repeat(1_000), 'é'.repeat(25)];
  expect(await arrive(textColumn(texts, itself), 'text')).toEqual(texts);
  const many = Array.from({ length: 1_000 }, (_, index) => `${index} ${'x'.repeat(index)}`);
  expect(await arrive(textList(many), 'text')).toEqual(many);
  expect(await arrive(textList(['after a large one']), 'text')).toEqual(['after a large one']);
});

test('JSON comes to Postgres as it is', async () => {
  const values = [{ text: 'a"b\\c\n\u0001\u2028𝄞', list: [1, 2.5, null, true] }, null, [], 'text'];
  const column = jsonColumn(values, (value) => (value === null ? null : JSON.stringify(value)));
  expect(await arrive(column, 'jsonb')).toEqual(values);
});

test('UUIDs come to Postgres as they are, and what is none does not', async () => {
  const ids = [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '01234567-89ab-cdef-fedc-ba9876543210',
    '01234567-89ab-cdef-fedc-ba9876543210',
    '8a6e0804-2bd0-4672-b79d-d97027f9071a',
  ];
  expect(await arrive(uuidList(ids), 'uuid')).toEqual(ids);
  const rows = ids.map((id) => ({ id: id.toUpperCase() }));
  expect(
    await arrive(
      uuidColumn(rows, ({ id }) => id),
      'uuid',
    ),
  ).toEqual(ids);
  const wrong = [
    '',
    '01234567-89ab-cdef-fedc-ba987654321',
    '01234567-89ab-cdef-fedc-ba98765432100',
    '0123456789abcdeffedcba9876543210----',
    '01234567_89ab-cdef-fedc-ba9876543210',
    '01234567-89ab-cdef-fedc-ba987654321g',
    '01234567-89ab-cdef-fedc-ba987654321\u0130',
    '{1234567-89ab-cdef-fedc-ba987654321}',
  ];
  for (const id of wrong) expect(() => uuidList([id])).toThrow(TypeError);
});

test('instants come to Postgres to the millisecond, whenever they are', async () => {
  const instants = [
    '2026-05-01T00:00:00.123Z',
    '2000-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.001Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '2285-06-05T23:28:30.001Z',
  ].map((text) => new Date(text));
  const column = instantColumn([...instants, null], itself);
  expect(await arrive(column, 'timestamptz')).toEqual([...instants, null]);
  expect(() => instantColumn([new Date(NaN)], itself)).toThrow(RangeError);
});

test('numbers and truths come to Postgres as they are', async () => {
  const integers = [1, null, -2, 2 ** 31 - 1, -(2 ** 31)];
  expect(await arrive(integerColumn(integers, itself), 'int')).toEqual(integers);
  for (const wrong of [1.5, 2 ** 31, NaN]) expect(() => integerColumn([wrong], itself)).toThrow(RangeError);
  const numbers = [0.1, null, -1e-300, 1.7976931348623157e308, -33.856784];
  expect(await arrive(floatColumn(numbers, itself), 'float8')).toEqual(numbers);
  expect(await arrive(booleanColumn([true, false, null], itself), 'boolean')).toEqual([true, false, null]);
});

test('a list may be empty', async () => {
  expect(await arrive(uuidList([]), 'uuid')).toEqual([]);
  expect(await arrive(textList([]), 'text')).toEqual([]);
});
