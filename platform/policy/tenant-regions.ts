import type { Pool } from 'pg';
import { residencyOf, type Residency } from './residency.ts';

/** Which tenants' data are bound to a region, as the table `tenancy.tenant` says. */
export interface TenantRegions {
  /**
   * As it is known here: read again every ten seconds when it is asked for, and not older than a minute.
   * @throws when it is older than that, or was never read, and the database doesn't answer
   */
  current(): Promise<Residency>;
}

const FRESH = 10_000;
const USABLE = 60_000;

/** @param pool of any login role: all of them may read the table */
export function createTenantRegions(pool: Pick<Pool, 'query'>, now: () => number = Date.now): TenantRegions {
  let known: { readonly residency: Residency; readonly readAt: number } | null = null;
  let reading: Promise<Residency> | null = null;

  const read = async (): Promise<Residency> => {
    const startedAt = now();
    const { rows } = await pool.query<{ id: string; region: string }>(
      'SELECT id, region FROM tenancy.tenant WHERE region IS NOT NULL',
    );
    const residency = residencyOf(new Map(rows.map(({ id, region }) => [id, region])));
    known = { residency, readAt: startedAt };
    return residency;
  };
  const refresh = (): Promise<Residency> =>
    (reading ??= read().finally(() => {
      reading = null;
    }));

  return {
    current: async () => {
      const age = known === null ? Infinity : now() - known.readAt;
      if (known === null || age > USABLE) return refresh();
      // Whoever comes next gets what is read now; nobody waits, and a failure shows when this is too old.
      if (age > FRESH) refresh().catch(() => undefined);
      return known.residency;
    },
  };
}
