import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { columnOf, jsonColumnOf, listOf } from './statements.ts';

test('lists come to Postgres as they are, whatever they hold', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const arrive = async (list: string, type: string): Promise<unknown> => {
    const { rows } = await client.query<{ list: unknown }>(`SELECT $1::${type}[] AS list`, [list]);
    return rows[0]?.list;
  };
  try {
    const texts = [
      'a',
      '',
      ' ',
      'NULL',
      'null',
      'nuLl',
      null,
      'a,b',
      '{}',
      '"',
      '\\',
      '\\"',
      'x\ny\t\u0001',
      "'",
      'é𝄞',
      'A-1',
    ];
    expect(
      await arrive(
        columnOf(texts, (text) => text),
        'text',
      ),
    ).toEqual(texts);
    expect(
      await arrive(
        columnOf([1, null, -2], (number) => number),
        'int',
      ),
    ).toEqual([1, null, -2]);
    expect(
      await arrive(
        columnOf([true, false, null], (truth) => truth),
        'boolean',
      ),
    ).toEqual([true, false, null]);
    const instants = [new Date('2026-05-01T00:00:00.123Z'), null];
    expect(
      await arrive(
        columnOf(instants, (instant) => instant),
        'timestamptz',
      ),
    ).toEqual(instants);
    const values = [{ text: 'a"b\\c\n\u0001\u2028𝄞', list: [1, 2.5, null, true] }, null, [], 'text'];
    const jsons = jsonColumnOf(values, (value) => (value === null ? null : JSON.stringify(value)));
    expect(await arrive(jsons, 'jsonb')).toEqual(values);
    expect(await arrive(listOf([]), 'uuid')).toEqual([]);
  } finally {
    await client.end();
  }
});
