import { between } from './chance.ts';
import { voyageKey, type DemoContainer, type DemoShipment, type SailingOrder } from './demo-shipment.ts';
import { itineraryOf } from './itinerary.ts';
import { bookingReference, containerNumber, documentReference, isDemoCarrier } from './references.ts';
import { noDeviations, timetable } from './timetable.ts';

/** What a demo shipment follows from. */
export interface CargoOrder extends SailingOrder {
  /** ISO 6346. */
  readonly isoEquipmentCode: string;
  readonly containerCount: number;
}

/** Kilograms of cargo that a container takes, by its type. */
const CARGO_WEIGHT: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '22G1': [12_000, 21_500],
  '45G1': [8_000, 19_000],
  '45R1': [18_500, 24_500],
};

/**
 * A shipment with everything but its id: references and containers of the carrier's kind, and the arrival that its
 * schedule promises. Always the same for the same order.
 * @throws RangeError when the carrier has no demo routing between the two ports
 */
export function draftShipment(order: CargoOrder): Omit<DemoShipment, 'id'> {
  const { tenantId, reference, carrierScac, origin, destination, plannedDeparture } = order;
  const key = voyageKey(order);
  const booking = bookingReference(carrierScac, key);
  const itinerary = itineraryOf(order);
  const planned = timetable(itinerary, noDeviations(itinerary));
  return {
    tenantId,
    reference,
    carrierScac,
    origin,
    destination,
    carrierBookingReference: booking,
    transportDocumentReference: documentReference(carrierScac, booking),
    plannedDeparture,
    plannedArrival: new Date(planned({ action: 'ARRIVAL', port: itinerary.legs.length })),
    containers: containersOf(order, key),
  };
}

/** Whether a shipment is one that the demo has made: its booking number follows from its reference. */
export function isDemoShipment(
  shipment: Pick<DemoShipment, 'tenantId' | 'reference' | 'carrierScac'> & {
    carrierBookingReference: string | null;
  },
): boolean {
  const { carrierScac, carrierBookingReference: booking } = shipment;
  return isDemoCarrier(carrierScac) && booking === bookingReference(carrierScac, voyageKey(shipment));
}

function containersOf(
  { carrierScac, isoEquipmentCode, containerCount }: CargoOrder,
  key: string,
): DemoContainer[] {
  const [least, most] = CARGO_WEIGHT[isoEquipmentCode] ?? [10_000, 20_000];
  return Array.from({ length: containerCount }, (_, at) => ({
    equipmentReference: containerNumber(carrierScac, isoEquipmentCode, `${key} ${at}`),
    isoEquipmentCode,
    cargoWeightKg: Math.round(between(least, most, key, 'weight', at) / 10) * 10,
  }));
}
