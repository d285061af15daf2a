/** What is agreed about a shipment before anything happens: the frame that events are read in. */
export interface ShipmentPlan {
  /** UN/LOCODE of the port of loading. */
  origin: string;
  /** UN/LOCODE of the port of discharge. */
  destination: string;
  plannedDeparture: Date | null;
  plannedArrival: Date | null;
  /** The containers it is known to consist of. */
  containers: readonly string[];
}
