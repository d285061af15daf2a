/** A shipment whose voyage the demo plays: what its row holds, and nothing else. */
export interface DemoShipment {
  readonly id: string;
  readonly tenantId: string;
  readonly reference: string;
  readonly carrierScac: string;
  /** UN/LOCODE. */
  readonly origin: string;
  /** UN/LOCODE. */
  readonly destination: string;
  readonly carrierBookingReference: string;
  readonly transportDocumentReference: string;
  readonly plannedDeparture: Date;
  readonly plannedArrival: Date;
  readonly containers: readonly DemoContainer[];
}

export interface DemoContainer {
  readonly equipmentReference: string;
  /** ISO 6346 size and type. */
  readonly isoEquipmentCode: string;
  readonly cargoWeightKg: number;
}

/** What a voyage follows from; see {@link voyageKey}. */
export type SailingOrder = Pick<
  DemoShipment,
  'tenantId' | 'reference' | 'carrierScac' | 'origin' | 'destination' | 'plannedDeparture'
>;

/**
 * Names a voyage. All that looks random in it follows from this key, not from the shipment's id, so that it is known
 * before the shipment is created and the same after a restart.
 */
export function voyageKey(order: Pick<SailingOrder, 'tenantId' | 'reference'>): string {
  return `${order.tenantId}/${order.reference}`;
}
