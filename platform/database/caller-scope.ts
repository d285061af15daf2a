import { AsyncLocalStorage } from 'node:async_hooks';
import type { Caller } from '../auth/caller.ts';

/**
 * As whom a statement is run: what the policies of the database look at (`caller.tenant()`, `caller.shipper()`, `caller.carrier()`
 * and `caller.regions()` in SQL).
 */
export type CallerScope = Pick<Caller, 'tenant' | 'organisation' | 'carrier' | 'regions'>;

/**
 * Under whose name the statements are that are being sent. Prisma hands a query on to the pool without saying who it is
 * for, so it is told this way, from the call on a caller's handle to the pool and no further. Null is nobody.
 */
export const scopes = new AsyncLocalStorage<CallerScope | null>();
