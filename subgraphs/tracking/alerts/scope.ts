import { canonicalPlace } from '../port-aliases.ts';

/** Which shipments of its tenant a rule is about: those that fit every list; an empty list restricts nothing. */
export interface AlertScope {
  /** SCACs. */
  readonly carriers: readonly string[];
  /** UN/LOCODEs of ports of loading. */
  readonly origins: readonly string[];
  /** UN/LOCODEs of ports of discharge. */
  readonly destinations: readonly string[];
  readonly shipmentIds: readonly string[];
}

interface Scoped {
  readonly id: string;
  readonly carrierScac: string;
  readonly origin: string;
  readonly destination: string;
}

export function isInScope(scope: AlertScope, shipment: Scoped): boolean {
  const fits = (list: readonly string[], value: string) => list.length === 0 || list.includes(value);
  const fitsPlace = (list: readonly string[], place: string) =>
    fits(list.map(canonicalPlace), canonicalPlace(place));
  return (
    fits(scope.carriers, shipment.carrierScac) &&
    fitsPlace(scope.origins, shipment.origin) &&
    fitsPlace(scope.destinations, shipment.destination) &&
    fits(scope.shipmentIds, shipment.id)
  );
}
