import { randomUUID } from 'node:crypto';
import { learnReferences } from '../learned-references.ts';
import type { LearnedReferences } from '../learned-references.ts';
import { projectEvents } from '../projection.ts';
import { concerns, keyTexts, referenceKeysOf, shipmentKeyTexts } from '../references.ts';
import { ShipmentDigest } from '../shipment-digest.ts';
import { timeOrderedId } from '../time-ordered-id.ts';
import type { KnownShipment } from './known-shipment.ts';
import { mayAffect } from './reporter.ts';
import { saveEvents } from './save-events.ts';
import type { EventChange } from './save-events.ts';
import { saveProjections } from './save-projection.ts';
import type { RememberedShipment } from './shipment-memory.ts';
import type { Statements } from './statements.ts';
import { eventsOfShipments, placedEvent } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { UNMATCHED_PAGE, deleteUnmatched, lockUnmatchedByKeys } from './unmatched-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/**
 * How long before a shipment was created an unmatched event that names nothing but its containers may have arrived:
 * containers travel again and again, and last season's events belong to another shipment.
 */
const CONTAINER_EVENT_DAYS = 180;

/** A locked shipment whose events have been changed. */
export interface ShipmentToSettle {
  readonly shipment: KnownShipment;
  /** From before the change. */
  readonly remembered: RememberedShipment | null;
  /** Stored already. */
  readonly changes: readonly EventChange[];
}

export interface Settlement {
  /** The events that were waiting and have been applied. */
  readonly adopted: readonly StoredEvent[];
  /** What is worth remembering of each shipment when the transaction is committed, by its id. */
  readonly remembered: ReadonlyMap<string, RememberedShipment>;
}

interface Settling {
  shipment: KnownShipment;
  readonly remembered: RememberedShipment | null;
  readonly changes: EventChange[];
  /** Everything that is stored of it, where that had to be read. */
  events: StoredEvent[] | null;
}

/**
 * Brings locked shipments up to date with their stored events: learns references from them, applies the unmatched
 * events that have been waiting for these, and writes the resulting states.
 *
 * @param waitingFor key texts whose unmatched events may belong to the shipments, beside those that are learned.
 */
export async function settleShipments(
  sql: Statements,
  shipments: readonly ShipmentToSettle[],
  waitingFor: readonly string[],
  now: Date,
): Promise<Settlement> {
  if (shipments.length === 0) return { adopted: [], remembered: new Map() };
  const settling = new Map(
    shipments.map(({ shipment, remembered, changes }): [string, Settling] => [
      shipment.id,
      { shipment, remembered, changes: [...changes], events: null },
    ]),
  );
  const adopted: StoredEvent[] = [];
  let keys = [...waitingFor];
  do {
    for await (const found of adoptUnmatched(sql, settling, keys, now)) {
      for (const event of found) {
        const each = settling.get(event.shipmentId);
        each?.changes.push({ event, former: null });
        each?.events?.push(event);
      }
      adopted.push(...found);
    }
    keys = await learn(sql, settling);
  } while (keys.length > 0);

  const digests = await digest(sql, [...settling.values()]);
  const projected = digests.map(({ each: { shipment, remembered }, digest }) => {
    const before = remembered?.state ?? null;
    return { shipment, before, after: projectEvents(shipment, digest.words()), digest };
  });
  saveProjections(sql, projected, now);
  const remembered = new Map(
    projected.map(({ shipment, after: state, digest }) => {
      const { containers } = shipment;
      const returnedAt = state.milestones.findLast(({ code }) => code === 'EMPTY_RETURN')?.actual ?? null;
      return [shipment.id, { revision: shipment.revision + 1, containers, returnedAt, digest, state }];
    }),
  );
  return { adopted, remembered };
}

/** Adds what events tell of the shipments' references to them; returns the new key texts. */
async function learn(sql: Statements, settling: ReadonlyMap<string, Settling>): Promise<string[]> {
  const newKeys: string[] = [];
  const containers: ContainerRow[] = [];
  const taught: Settling[] = [];
  for (const each of settling.values()) {
    const { shipment } = each;
    // What has been there before has taught what it could, unless its booking or document becomes known only now.
    const events = each.events ?? each.changes.map(({ event }) => event);
    const learned = learnReferences(shipment, events.filter(isCounting));
    const { carrierBookingReference, transportDocumentReference, newContainers } = learned;
    const isSameDocument =
      carrierBookingReference === shipment.carrierBookingReference &&
      transportDocumentReference === shipment.transportDocumentReference;
    if (isSameDocument && newContainers.length === 0) continue;
    if (!isSameDocument) taught.push(each);
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
  if (containers.length > 0) sql.send(INSERT_CONTAINERS, [JSON.stringify(containers)]);
  await readEvents(sql, taught);
  return newKeys;
}

const INSERT_CONTAINERS = {
  name: 'insert containers',
  text: `
    INSERT INTO container (id, tenant_id, shipment_id, equipment_reference, iso_equipment_code)
    SELECT * FROM json_to_recordset($1::json) AS r (id uuid, tenant_id uuid, shipment_id uuid,
      equipment_reference text, iso_equipment_code text)
    ON CONFLICT DO NOTHING`,
};

type ContainerRow = Readonly<Record<string, string | null>>;

function containerRows(
  { id, tenantId }: KnownShipment,
  { newContainers }: LearnedReferences,
): ContainerRow[] {
  return newContainers.map(({ equipmentReference, isoEquipmentCode }) => ({
    id: randomUUID(),
    tenant_id: tenantId,
    shipment_id: id,
    equipment_reference: equipmentReference,
    iso_equipment_code: isoEquipmentCode,
  }));
}

/** Page by page, so that it never holds more than a few in memory. */
async function* adoptUnmatched(
  sql: Statements,
  settling: ReadonlyMap<string, Settling>,
  keys: readonly string[],
  now: Date,
): AsyncGenerator<StoredEvent[]> {
  if (keys.length === 0) return;
  const shipments = [...settling.values()].map((each) => each.shipment);
  let page: UnmatchedEvent[] = [];
  do {
    page = await lockUnmatchedByKeys(sql, keys, shipments, page.at(-1) ?? null);
    const adopted = page.flatMap((event) =>
      shipments
        .filter((shipment) => belongsTo(event, shipment))
        .map((shipment): StoredEvent => atShipment(event, shipment, now)),
    );
    saveEvents(
      sql,
      adopted.map((event) => ({ event, former: null })),
    );
    deleteUnmatched(sql, adopted);
    yield adopted;
  } while (page.length === UNMATCHED_PAGE);
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
  return placedEvent(event, {
    id: timeOrderedId(now.getTime()),
    tenantId,
    shipmentId: id,
    isRetracted: event.facts.isRetracted,
    receivedAt: now,
  });
}

function isCounting({ isRetracted }: StoredEvent): boolean {
  return !isRetracted;
}

interface Digested {
  readonly each: Settling;
  readonly digest: ShipmentDigest;
}

/** What decides about each shipment: as remembered and changed since, or else made of everything that is stored. */
async function digest(sql: Statements, settling: readonly Settling[]): Promise<Digested[]> {
  const remembered = new Map(
    settling.flatMap((each): [Settling, ShipmentDigest][] => {
      const digest = each.remembered?.digest;
      return digest !== undefined && isFollowed(digest, each.changes) ? [[each, digest]] : [];
    }),
  );
  await readEvents(
    sql,
    settling.filter((each) => !remembered.has(each)),
  );
  return settling.map((each) => {
    const digest = remembered.get(each) ?? new ShipmentDigest();
    if (!remembered.has(each)) for (const event of each.events?.filter(isCounting) ?? []) digest.add(event);
    return { each, digest };
  });
}

/** @returns false when it can't be followed without looking at the other events */
function isFollowed(digest: ShipmentDigest, changes: readonly EventChange[]): boolean {
  return changes.every(({ event, former }) => {
    const isFormer = former !== null && isCounting(former);
    if (isCounting(event)) {
      if (isFormer) return digest.replace(former, event);
      digest.add(event);
      return true;
    }
    return !isFormer || digest.remove(former);
  });
}

async function readEvents(sql: Statements, settling: readonly Settling[]): Promise<void> {
  const unread = settling.filter(({ events }) => events === null);
  const found = await eventsOfShipments(
    sql,
    unread.map(({ shipment }) => shipment),
  );
  for (const each of unread) each.events = found.get(each.shipment.id) ?? [];
}
