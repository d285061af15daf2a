import type { Database, Transaction } from '#platform/database/database.ts';
import { publishLive } from '#platform/live-events.ts';
import type { LiveMessage } from '#platform/live-events.ts';
import type { Platform } from '#platform/service.ts';
import type { StoredEvent } from './ingestion/stored-event.ts';
import { trackingEventOf } from './tracking-event.ts';

const TOPIC = 'shipment';

/** One change to one shipment. */
export interface ShipmentUpdate {
  readonly shipmentId: string;
  readonly tenantId: string;
  /** Null when the change came from the shipment itself. */
  readonly event: StoredEvent | null;
}

/** Updates that were written with a transaction, to be told when it is committed. */
export interface KeptUpdates {
  /** Null: there are none. */
  readonly id: bigint | null;
  readonly messages: readonly LiveMessage[];
}

/**
 * Tells the gateways of shipments that have changed, at least once: what is to be told is written with the change,
 * in the same transaction, and forgotten when it has been published.
 */
export interface LiveUpdates {
  /** Call it last in the transaction: the order of the rows is then the order of the changes to a shipment. */
  keep(tx: Transaction, updates: readonly ShipmentUpdate[]): Promise<KeptUpdates>;
  /** As `keep`, for whatever else subscribers are told. */
  keepMessages(tx: Transaction, messages: readonly LiveMessage[]): Promise<KeptUpdates>;
  /** Call it right after the commit, so that order is kept. @throws when Redis or the database is away */
  tell(kept: KeptUpdates): Promise<void>;
  /**
   * Tells what was kept and not told, because a process or Redis was gone.
   * @param age milliseconds since it was kept; whoever kept it is trying to tell it, too
   * @returns whether there may be more
   * @throws when Redis or the database is away
   */
  tellOverdue(age: number): Promise<boolean>;
}

interface Row {
  readonly id: bigint;
  readonly messages: readonly LiveMessage[];
}

/** Transactions whose updates are told in one go. */
const OVERDUE_PAGE = 20;

export function createLiveUpdates({ redis, metrics }: Platform, { prisma }: Database): LiveUpdates {
  const publish = async (messages: readonly LiveMessage[]): Promise<void> => {
    await publishLive(redis().requests, messages);
    for (const { topic } of messages) metrics.liveEnvelopes.inc({ topic, outcome: 'published' });
  };
  const keepMessages: LiveUpdates['keepMessages'] = async (tx, messages) => {
    if (messages.length === 0) return { id: null, messages: [] };
    const [row] = await tx.$queryRaw<{ id: bigint }[]>`
      INSERT INTO live_outbox (messages) VALUES (${JSON.stringify(messages)}::jsonb) RETURNING id`;
    return { id: row?.id ?? null, messages };
  };
  return {
    keep: (tx, updates) => keepMessages(tx, updates.map(messageOf)),
    keepMessages,
    tell: async ({ id, messages }) => {
      if (id === null) return;
      await publish(messages);
      await prisma.$executeRaw`DELETE FROM live_outbox WHERE id = ${id}`;
    },
    tellOverdue: (age) =>
      prisma.$transaction(async (tx) => {
        const rows = await tx.$queryRaw<Row[]>`
          SELECT id, messages FROM live_outbox
          WHERE created_at <= now() - ${age} * interval '1 millisecond'
          ORDER BY id LIMIT ${OVERDUE_PAGE} FOR UPDATE SKIP LOCKED`;
        if (rows.length === 0) return false;
        await publish(rows.flatMap(({ messages }) => messages));
        await tx.$executeRaw`DELETE FROM live_outbox WHERE id = ANY(${rows.map(({ id }) => id)}::bigint[])`;
        return rows.length === OVERDUE_PAGE;
      }),
  };
}

/** The update that an event makes to its shipment. */
export function updateOf(event: StoredEvent): ShipmentUpdate {
  return { shipmentId: event.shipmentId, tenantId: event.tenantId, event };
}

function messageOf({ shipmentId, tenantId, event }: ShipmentUpdate): LiveMessage {
  return {
    topic: TOPIC,
    tenant: tenantId,
    match: { id: shipmentId },
    data: {
      event: event === null ? null : { __typename: 'TrackingEvent', ...trackingEventOf(event) },
      shipment: { __typename: 'Shipment', id: shipmentId },
    },
  };
}
