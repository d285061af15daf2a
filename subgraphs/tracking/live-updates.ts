import { randomUUID } from 'node:crypto';
import { encodeCursor } from '#platform/graphql/connection.ts';
import { publishLive } from '#platform/live-events.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import type { Platform } from '#platform/service.ts';
import type { StoredEvent } from './ingestion/stored-event.ts';
import { trackingEventOf } from './tracking-event.ts';

const TOPIC = 'shipment';

/** Tells the gateways of shipments that have changed. Call it right after the commit, so that order is kept. */
export type PublishUpdates = (updates: readonly ShipmentUpdate[]) => Promise<void>;

/** One change to one shipment. */
export interface ShipmentUpdate {
  readonly shipmentId: string;
  readonly tenantId: string;
  /** Null when the change came from the shipment itself. */
  readonly event: StoredEvent | null;
  readonly at: Date;
}

/**
 * Publishing through the process' Redis. What is stored is stored: when Redis is away, the updates are lost to those
 * who are listening now, and the log says so.
 */
export function createPublisher({ redis, metrics, log }: Platform): PublishUpdates {
  return async (updates) => {
    if (updates.length === 0) return;
    const counted = (outcome: string) => metrics.liveEnvelopes.inc({ topic: TOPIC, outcome }, updates.length);
    try {
      await publishLive(redis().requests, updates.map(envelopeOf));
      counted('published');
    } catch (error) {
      counted('unpublished');
      log.warn({ error, updates: updates.length }, 'shipment updates could not be published');
    }
  };
}

/** The update that an event makes to its shipment. */
export function updateOf(event: StoredEvent): ShipmentUpdate {
  return { shipmentId: event.shipmentId, tenantId: event.tenantId, event, at: event.receivedAt };
}

function envelopeOf({ shipmentId, tenantId, event, at }: ShipmentUpdate): LiveEnvelope {
  const cursor = encodeCursor(at.toISOString(), event?.id ?? randomUUID());
  return {
    topic: TOPIC,
    tenant: tenantId,
    cursor,
    match: { id: shipmentId },
    data: {
      cursor,
      event: event === null ? null : { __typename: 'TrackingEvent', ...trackingEventOf(event) },
      shipment: { __typename: 'Shipment', id: shipmentId },
    },
  };
}
