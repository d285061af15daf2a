import { randomUUID } from 'node:crypto';
import { recordChange } from '#platform/audit/record-change.ts';
import type { Transaction } from '#platform/database/database.ts';
import { once } from '#platform/database/idempotency.ts';
import type { StoredResult } from '#platform/database/idempotency.ts';
import type { TrackingContext } from './context.ts';
import { inTransaction } from './ingestion/transaction.ts';
import { lockKeys } from './ingestion/key-locks.ts';
import { readShipments } from './ingestion/known-shipment.ts';
import { settleShipments } from './ingestion/settle-shipments.ts';
import { copySharedEvents } from './ingestion/shared-events.ts';
import { onTransaction } from './ingestion/statements.ts';
import type { SentStatements } from './ingestion/statements.ts';
import { createLoaders } from './loaders.ts';
import { shipmentKeyTexts } from './references.ts';
import { checkShipmentInput } from './shipment-input.ts';
import type { ShipmentInput } from './shipment-input.ts';

/** How a creation ended: the type of the result in the schema and what its fields are found by. */
export type CreationOutcome = StoredResult & {
  readonly __typename: 'ShipmentCreated' | 'ShipmentReferenceTaken';
  readonly shipmentId: string;
  readonly reference: string;
};

/**
 * Starts following a shipment of the caller's tenant, once for each idempotency key, and applies the events that
 * arrived before it.
 *
 * @throws {ApiError} BAD_USER_INPUT, CONFLICT
 */
export async function createShipment(
  context: TrackingContext,
  input: ShipmentInput,
  idempotencyKey: string,
): Promise<CreationOutcome> {
  checkShipmentInput(input);
  const { caller, audit, database, registration, live } = context;
  const candidate = { id: randomUUID(), tenantId: caller.tenant, createdAt: new Date() };
  const request = { caller, key: idempotencyKey, mutation: 'createShipment', input };
  const { outcome, kept } = await inTransaction(registration, async (tx) => {
    const sql = onTransaction(tx);
    const outcome = await once(tx, request, () => insertShipment(tx, sql, candidate, input));
    const { id: shipmentId, tenantId } = candidate;
    const isNew = outcome.shipmentId === shipmentId;
    const kept = await live.keep(sql, isNew ? [{ shipmentId, tenantId, event: null }] : []);
    await sql.sent();
    if (isNew) await recordChange(tx, audit.event('createShipment', { shipmentId }));
    return { outcome, kept };
  });
  // What is kept will be told, if not now.
  await live
    .tell(kept)
    .then(() => live.forget(kept))
    .catch((error: unknown) => context.log.warn({ error }, 'a new shipment is told later'));
  context.loaders = createLoaders(database, caller);
  return outcome;
}

async function insertShipment(
  tx: Transaction,
  sql: SentStatements,
  candidate: { readonly id: string; readonly tenantId: string; readonly createdAt: Date },
  input: ShipmentInput,
): Promise<CreationOutcome> {
  const { id: shipmentId, tenantId, createdAt } = candidate;
  const { containers, ...columns } = input;
  const { reference } = input;
  const keys = shipmentKeyTexts({
    carrierBookingReference: input.carrierBookingReference ?? null,
    transportDocumentReference: input.transportDocumentReference ?? null,
    containers: containers.map((container) => container.equipmentReference),
    returnedAt: null,
  });
  lockKeys(sql, keys);
  await sql.sent();
  const row = { ...columns, ...candidate, updatedAt: createdAt };
  // A conflict must not abort the transaction: it is an answer.
  const { count } = await tx.shipment.createMany({ data: [row], skipDuplicates: true });
  if (count === 0) {
    const taken = await tx.shipment.findUniqueOrThrow({
      where: { tenantId_reference: { tenantId, reference } },
      select: { id: true },
    });
    return { __typename: 'ShipmentReferenceTaken', shipmentId: taken.id, reference };
  }
  await tx.container.createMany({
    data: containers.map((container) => ({ ...container, id: randomUUID(), tenantId, shipmentId })),
  });
  const [shipment] = await readShipments(sql, [shipmentId]);
  if (shipment !== undefined) {
    const changes = await copySharedEvents(sql, shipment, createdAt);
    await settleShipments(sql, [{ shipment, remembered: null, changes }], keys, createdAt);
    await sql.sent();
  }
  return { __typename: 'ShipmentCreated', shipmentId, reference };
}
