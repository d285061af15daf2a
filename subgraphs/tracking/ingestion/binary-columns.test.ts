import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { booleans, floats, instants, integers, jsons, texts, uuidList, uuids } from './binary-columns.ts';
import type { Column } from './binary-columns.ts';
import { listsOf, rowsOf } from './rows.ts';

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
});
afterAll(() => client.end());

/** What Postgres has understood, as its own texts say it. */
async function arrive<T>(column: Column<T>, values: readonly T[]): Promise<unknown> {
  const text = `SELECT $1::${column.type}[] AS list`;
  const { rows } = await client.query<{ list: unknown }>(text, [column.write(values)]);
  return rows[0]?.list;
}

const itself = <T>(value: T): T => value;

test('texts come to Postgres as they are, whatever they hold', async () => {
  const odd = ['a', '', ' ', 'NULL', null, 'a,b', '{}', '"', '\\', '\\"', 'x\ny\t\u0001', "'", 'é𝄞', 'A-1'];
  const values = [...odd, 'long '.repeat(1_000), '𝄞'.repeat(1_000), 'é'.repeat(25)];
  expect(await arrive(texts<string | null>(itself), values)).toEqual(values);
  const many = Array.from({ length: 1_000 }, (_, index) => `${index} ${'x'.repeat(5 * index)}`);
  expect(await arrive(texts<string | null>(itself), many)).toEqual(many);
  expect(await arrive(texts<string | null>(itself), ['after much'])).toEqual(['after much']);
});

test('JSON comes to Postgres as it is', async () => {
  const values = [{ text: 'a"b\\c\n\u0001\u2028𝄞', list: [1, 2.5, null, true] }, null, [], 'text'];
  const column = jsons<unknown>((value) => (value === null ? null : JSON.stringify(value)));
  expect(await arrive(column, values)).toEqual(values);
});

test('UUIDs come to Postgres as they are, and what is none does not', async () => {
  const ids = [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '01234567-89ab-cdef-fedc-ba9876543210',
    '01234567-89ab-cdef-fedc-ba9876543210',
    '8a6e0804-2bd0-4672-b79d-d97027f9071a',
  ];
  expect(await arrive(uuids<string | null>(itself), [...ids, null])).toEqual([...ids, null]);
  const inCapitals = uuids((id: string) => id.toUpperCase());
  expect(await arrive(inCapitals, ids)).toEqual(ids);
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
  const values = [
    '2026-05-01T00:00:00.123Z',
    '2000-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.001Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '2285-06-05T23:28:30.001Z',
  ].map((text) => new Date(text));
  expect(await arrive(instants<Date | null>(itself), [...values, null])).toEqual([...values, null]);
  expect(() => instants(itself<Date>).write([new Date(NaN)])).toThrow(RangeError);
});

test('numbers and truths come to Postgres as they are', async () => {
  const whole = [1, null, -2, 2 ** 31 - 1, -(2 ** 31)];
  expect(await arrive(integers<number | null>(itself), whole)).toEqual(whole);
  for (const wrong of [1.5, 2 ** 31, NaN]) {
    expect(() => integers(itself<number>).write([wrong])).toThrow(RangeError);
  }
  const numbers = [0.1, null, -1e-300, 1.7976931348623157e308, -33.856784];
  expect(await arrive(floats<number | null>(itself), numbers)).toEqual(numbers);
  expect(await arrive(booleans<boolean | null>(itself), [true, false, null])).toEqual([true, false, null]);
});

test('rows arrive as they are, in their order, also when there are none', async () => {
  const columns = {
    name: texts(({ name }: { name: string | null; size: number }) => name),
    size: integers(({ size }: { name: string | null; size: number }) => size),
  };
  for (const count of [0, 1, 1_000]) {
    const rows = Array.from({ length: count }, (_, index) => ({
      name: index % 3 === 0 ? null : `row ${index}`,
      size: index,
    }));
    const { rows: arrived } = await client.query(rowsOf(columns), listsOf(columns, rows));
    expect(arrived).toEqual(rows);
  }
});
