import { randomUUID } from 'node:crypto';
import type { Transaction } from '#platform/database/database.ts';
import { once } from '#platform/database/idempotency.ts';
import type { StoredResult } from '#platform/database/idempotency.ts';
import type { TrackingContext } from './context.ts';
import { inTransaction } from './ingestion/transaction.ts';
import { lockKeys } from './ingestion/key-locks.ts';
import { readShipments } from './ingestion/known-shipment.ts';
import { settleShipments } from './ingestion/settle-shipments.ts';
import { copySharedEvents } from './ingestion/shared-events.ts';
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
  const { caller, database, publish } = context;
  const now = new Date();
  let created = false;
  const request = { caller, key: idempotencyKey, mutation: 'createShipment', input };
  const outcome = await inTransaction(database, (tx) => {
    created = false;
    return once(tx, request, async (): Promise<CreationOutcome> => {
      const result = await insertShipment(tx, caller.tenant, input, now);
      created = result.__typename === 'ShipmentCreated';
      return result;
    });
  });
  if (created) {
    await publish([{ shipmentId: outcome.shipmentId, tenantId: caller.tenant, event: null, at: now }]);
  }
  context.loaders = createLoaders(database, caller);
  return outcome;
}

async function insertShipment(
  tx: Transaction,
  tenantId: string,
  input: ShipmentInput,
  now: Date,
): Promise<CreationOutcome> {
  const { containers, ...columns } = input;
  const { reference } = input;
  const keys = shipmentKeyTexts({
    carrierBookingReference: input.carrierBookingReference ?? null,
    transportDocumentReference: input.transportDocumentReference ?? null,
    containers: containers.map((container) => container.equipmentReference),
    returnedAt: null,
  });
  await lockKeys(tx, keys);
  const shipmentId = randomUUID();
  const row = { ...columns, id: shipmentId, tenantId, createdAt: now, updatedAt: now };
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
  const shipments = await readShipments(tx, [shipmentId]);
  for (const shipment of shipments) await copySharedEvents(tx, shipment, now);
  await settleShipments(tx, shipments, keys, now);
  return { __typename: 'ShipmentCreated', shipmentId, reference };
}
