import { createHash } from 'node:crypto';
import { between } from './chance.ts';
import { voyageKey, type DemoShipment } from './demo-shipment.ts';
import { draftShipment } from './draft-shipment.ts';
import { reasonOf, withTimeout } from './door.ts';
import { HOUR, MINUTE } from './itinerary.ts';
import { bookingLead } from './voyages.ts';

/** The reference of the shipment that follows one: AUR-2611, AUR-2611.2, AUR-2611.3 … */
export function followingReference(reference: string): string {
  const [, base = reference, number] = /^(.*)\.(\d+)$/.exec(reference) ?? [];
  return `${base}.${Number(number ?? 1) + 1}`;
}

/** The shipment that follows one whose voyage has ended: the same cargo on the same lane, booked about now. */
export function followingShipment(ended: DemoShipment, now: number): Omit<DemoShipment, 'id'> {
  const { tenantId, carrierScac, origin, destination, containers } = ended;
  const reference = followingReference(ended.reference);
  const key = voyageKey({ tenantId, reference });
  const bookedAt = now + between(0, 3, key, 'booked') * HOUR;
  const grain = 5 * MINUTE;
  return draftShipment({
    tenantId,
    reference,
    carrierScac,
    origin,
    destination,
    isoEquipmentCode: containers[0]?.isoEquipmentCode ?? '45G1',
    containerCount: Math.max(containers.length, 1),
    plannedDeparture: new Date(Math.ceil((bookedAt + bookingLead(key)) / grain) * grain),
  });
}

const CREATE_SHIPMENT = /* GraphQL */ `
  mutation DemoShipment($input: CreateShipmentInput!, $key: String!) {
    createShipment(input: $input, idempotencyKey: $key) {
      __typename
      ... on ShipmentCreated {
        shipment {
          id
        }
      }
      ... on ShipmentReferenceTaken {
        shipment {
          id
        }
      }
    }
  }
`;

const TIMEOUT = 10_000;

/**
 * Creates a shipment through the public API. One that has the reference already counts as created.
 * @param token of somebody who may create shipments for the tenant
 * @returns its id
 * @throws Error with one line when the API can't be reached or refuses
 */
export async function createShipment(
  graphqlUrl: string,
  token: string,
  { tenantId: _fromToken, ...input }: Omit<DemoShipment, 'id'>,
  signal: AbortSignal,
): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query: CREATE_SHIPMENT, variables: { input, key } });
  return withTimeout(signal, TIMEOUT, async (limit) => {
    const response = await fetch(graphqlUrl, { method: 'POST', headers, body, signal: limit });
    const text = await response.text();
    const id = idIn(text);
    if (id === null)
      throw new Error(`createShipment was answered with ${response.status} ${text.slice(0, 300)}`);
    return id;
  });
}

function idIn(text: string): string | null {
  try {
    const { data } = JSON.parse(text) as {
      data?: { createShipment?: { shipment?: { id?: string } } | null } | null;
    };
    return data?.createShipment?.shipment?.id ?? null;
  } catch (error) {
    throw new Error(`createShipment was answered with something else than JSON: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
