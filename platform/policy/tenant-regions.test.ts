import type { Pool } from 'pg';
import { expect, it } from 'vitest';
import { createTenantRegions } from './tenant-regions.ts';

/** A table that can be away. */
function table(): {
  pool: Pool;
  rows: { id: string; region: string }[];
  state: { away: boolean; reads: number };
} {
  const rows = [{ id: 'a', region: 'EU' }];
  const state = { away: false, reads: 0 };
  const query = (): Promise<unknown> => {
    state.reads += 1;
    return state.away ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve({ rows: [...rows] });
  };
  return { pool: { query } as unknown as Pool, rows, state };
}

it('reads the table once for all who ask at the same time, and again every ten seconds, without a wait', async () => {
  const { pool, rows, state } = table();
  let now = 0;
  const regions = createTenantRegions(pool, () => now);
  const [first] = await Promise.all([regions.current(), regions.current()]);
  expect([first.regionOf('a'), state.reads]).toEqual(['EU', 1]);
  rows.push({ id: 'b', region: 'US' });
  now = 9_999;
  expect((await regions.current()).regionOf('b')).toBeNull();
  now = 10_001;
  expect((await regions.current()).regionOf('b')).toBeNull();
  expect((await regions.current()).regionOf('b')).toBe('US');
  expect(state.reads).toBe(2);
});

it('fails rather than go by what is too old', async () => {
  const { pool, state } = table();
  let now = 0;
  const regions = createTenantRegions(pool, () => now);
  state.away = true;
  await expect(regions.current()).rejects.toThrow('ECONNREFUSED');
  state.away = false;
  await regions.current();
  state.away = true;
  now = 60_000;
  expect((await regions.current()).regionOf('a')).toBe('EU');
  now = 60_001;
  await expect(regions.current()).rejects.toThrow('ECONNREFUSED');
});
