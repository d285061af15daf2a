import { randomUUID } from 'node:crypto';
import type { Transaction } from '#platform/database/database.ts';
import { learnReferences } from '../learned-references.ts';
import type { LearnedReferences } from '../learned-references.ts';
import { projectShipment } from '../projection.ts';
import { concerns, keyTexts, referenceKeysOf, shipmentKeyTexts } from '../references.ts';
import type { KnownShipment } from './known-shipment.ts';
import { mayAffect } from './reporter.ts';
import { saveProjections } from './save-projection.ts';
import { eventsOfShipments, saveEvents } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { deleteUnmatched, lockUnmatchedByKeys } from './unmatched-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/**
 * How long before a shipment was created an unmatched event that names nothing but its containers may have arrived:
 * containers travel again and again, and last season's events belong to another shipment.
 */
const CONTAINER_EVENT_DAYS = 180;

/**
 * Brings locked shipments up to date with their stored events: learns references from them, applies the unmatched
 * events that have been waiting for these, and writes the resulting states.
 *
 * @param waitingFor key texts whose unmatched events may belong to the shipments, beside those that are learned.
 * @returns the events that were waiting and have been applied.
 */
export async function settleShipments(
  tx: Transaction,
  shipments: readonly KnownShipment[],
  waitingFor: readonly string[],
  now: Date,
): Promise<StoredEvent[]> {
  if (shipments.length === 0) return [];
  const stored = await eventsOfShipments(
    tx,
    shipments.map(({ id }) => id),
  );
  const settled = new Map(
    shipments.map((shipment) => [
      shipment.id,
      { shipment, events: stored.filter((event) => event.shipmentId === shipment.id) },
    ]),
  );
  const adopted: StoredEvent[] = [];
  let keys = [...waitingFor];
  do {
    const found = await adoptUnmatched(
      tx,
      [...settled.values()].map((each) => each.shipment),
      keys,
      now,
    );
    for (const event of found) settled.get(event.shipmentId)?.events.push(event);
    adopted.push(...found);
    keys = await learn(tx, settled);
  } while (keys.length > 0);

  const projected = [...settled.values()].map(({ shipment, events }) => ({
    shipment,
    state: projectShipment(shipment, counting(events)),
  }));
  await saveProjections(tx, projected, now);
  return adopted;
}

interface Settled {
  shipment: KnownShipment;
  events: StoredEvent[];
}

function counting(events: readonly StoredEvent[]): StoredEvent[] {
  return events.filter((event) => !event.isRetracted);
}

/** Adds what events tell of the shipments' references to them; returns the new key texts. */
async function learn(tx: Transaction, settled: ReadonlyMap<string, Settled>): Promise<string[]> {
  const newKeys: string[] = [];
  const containers = [];
  for (const each of settled.values()) {
    const { shipment } = each;
    const learned = learnReferences(shipment, counting(each.events));
    const { carrierBookingReference, transportDocumentReference, newContainers } = learned;
    const known = new Set(shipmentKeyTexts(shipment));
    each.shipment = {
      ...shipment,
      carrierBookingReference,
      transportDocumentReference,
      containers: [...shipment.containers, ...newContainers.map((container) => container.equipmentReference)],
    };
    newKeys.push(...shipmentKeyTexts(each.shipment).filter((key) => !known.has(key)));
    containers.push(...containerRows(shipment, learned));
  }
  // The shipments' own columns are written with their states.
  if (containers.length > 0) await tx.container.createMany({ data: containers, skipDuplicates: true });
  return newKeys;
}

function containerRows({ id, tenantId }: KnownShipment, { newContainers }: LearnedReferences) {
  return newContainers.map((container) => ({ id: randomUUID(), tenantId, shipmentId: id, ...container }));
}

async function adoptUnmatched(
  tx: Transaction,
  shipments: readonly KnownShipment[],
  keys: readonly string[],
  now: Date,
): Promise<StoredEvent[]> {
  const waiting = await lockUnmatchedByKeys(tx, keys);
  const adopted = waiting.flatMap((event) =>
    shipments
      .filter((shipment) => belongsTo(event, shipment))
      .map((shipment): StoredEvent => atShipment(event, shipment, now)),
  );
  await saveEvents(tx, adopted);
  await deleteUnmatched(tx, adopted);
  return adopted;
}

function belongsTo(event: UnmatchedEvent, shipment: KnownShipment): boolean {
  const keys = referenceKeysOf(event.payload);
  const names = new Set(keyTexts({ ...keys, containers: [] }));
  const namesDocument = shipmentKeyTexts({ ...shipment, containers: [] }).some((key) => names.has(key));
  const earliest = new Date(shipment.createdAt);
  earliest.setUTCDate(earliest.getUTCDate() - CONTAINER_EVENT_DAYS);
  const isFresh = namesDocument || event.receivedAt >= earliest;
  return isFresh && mayAffect(event, shipment) && concerns(keys, shipment, event.facts.eventDateTime);
}

/** The row of an event at a shipment that it hasn't been at. */
export function atShipment(
  event: UnmatchedEvent | StoredEvent,
  { id, tenantId }: KnownShipment,
  now: Date,
): StoredEvent {
  const { producerId, eventID, payload, facts } = event;
  return {
    producerId,
    eventID,
    payload,
    facts,
    id: randomUUID(),
    tenantId,
    shipmentId: id,
    isRetracted: facts.isRetracted,
    receivedAt: now,
  };
}
