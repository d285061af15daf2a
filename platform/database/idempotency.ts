import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Caller } from '../auth/caller.ts';
import { badUserInput, conflict, fault } from '../errors.ts';
import type { Transaction } from './database.ts';

/** What is kept of a result: enough to find it again, such as its type and id. */
export type StoredResult = Readonly<Record<string, string | number | null>>;

export interface IdempotentRequest {
  readonly caller: Caller;
  /** The client's key, 1 to 100 characters. */
  readonly key: string;
  /** Name of the mutation; a key belongs to one mutation. */
  readonly mutation: string;
  /** Its arguments without the key; compared by content, not by order of properties. */
  readonly input: unknown;
}

const MAX_KEY_LENGTH = 100;
/** Control characters and halves of a surrogate pair: Postgres refuses or alters some of them. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * Does the work once for each key of a caller, inside the caller's transaction: the key, the change and the result
 * are stored together or not at all. A simultaneous repetition waits for the first to commit. The table is the
 * subgraph's own `idempotency_key`, found by its login role's search path.
 * @returns the result of the first time
 * @throws {ApiError} CONFLICT when the key was used with other arguments, BAD_USER_INPUT when the key's length is wrong
 */
export async function once<T extends StoredResult>(
  tx: Transaction,
  request: IdempotentRequest,
  work: () => Promise<T>,
): Promise<T> {
  const { caller, key, mutation, input } = request;
  if (key.length < 1 || key.length > MAX_KEY_LENGTH || UNSTORABLE.test(key)) {
    throw badUserInput(
      fault('idempotencyKey', key, `expected 1 to ${MAX_KEY_LENGTH} characters, no control characters`),
    );
  }
  const hash = createHash('sha256')
    .update(canonicalize({ mutation, input }) ?? '')
    .digest('hex');
  const inserted = await tx.$executeRaw`
    INSERT INTO idempotency_key (tenant_id, subject, key, request_hash, result)
    VALUES (${caller.tenant}::uuid, ${caller.subject}, ${key}, ${hash}, 'null'::jsonb)
    ON CONFLICT DO NOTHING`;
  if (inserted === 0) {
    const [first] = await tx.$queryRaw<{ request_hash: string; result: T }[]>`
      SELECT request_hash, result FROM idempotency_key
      WHERE tenant_id = ${caller.tenant}::uuid AND subject = ${caller.subject} AND key = ${key}`;
    if (first?.request_hash !== hash)
      throw conflict('This idempotencyKey was used before with other arguments.');
    return first.result;
  }
  const result = await work();
  await tx.$executeRaw`
    UPDATE idempotency_key SET result = ${JSON.stringify(result)}::jsonb
    WHERE tenant_id = ${caller.tenant}::uuid AND subject = ${caller.subject} AND key = ${key}`;
  return result;
}
