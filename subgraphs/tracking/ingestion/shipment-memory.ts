import type { ShipmentState } from '../projection.ts';
import type { ShipmentDigest } from '../shipment-digest.ts';

/** What a worker remembers of a shipment from the last time. */
export interface RememberedShipment {
  /** Of the shipment's row: another one there, and this is worth nothing. */
  readonly revision: number;
  readonly containers: readonly string[];
  readonly returnedAt: Date | null;
  readonly digest: ShipmentDigest;
  /** As it is stored. */
  readonly state: ShipmentState;
}

/**
 * The shipments that were changed last, so that what is stored of them needn't be read again for each change. Nothing
 * depends on it: what it doesn't hold, or holds of another revision, is read.
 */
export interface ShipmentMemory {
  /** Gives what is remembered away: whoever takes it may change it, and keeps it again when that is stored. */
  take(id: string): RememberedShipment | null;
  keep(id: string, shipment: RememberedShipment): void;
}

/** Events that are held, of all shipments together; some 600 bytes each. */
const MAX_WEIGHT = 200_000;

/** @param maxWeight events; the shipments that were changed first make room */
export function createShipmentMemory(maxWeight = MAX_WEIGHT): ShipmentMemory {
  const shipments = new Map<string, { readonly shipment: RememberedShipment; readonly weight: number }>();
  let total = 0;
  const take = (id: string): RememberedShipment | null => {
    const known = shipments.get(id);
    if (known === undefined) return null;
    shipments.delete(id);
    total -= known.weight;
    return known.shipment;
  };
  return {
    take,
    keep: (id, shipment) => {
      take(id);
      const { weight } = shipment.digest;
      shipments.set(id, { shipment, weight });
      total += weight;
      for (const oldest of shipments.keys()) {
        if (total <= maxWeight) break;
        take(oldest);
      }
    },
  };
}

/** For those who change a shipment once. */
export const NO_MEMORY: ShipmentMemory = { take: () => null, keep: () => undefined };
