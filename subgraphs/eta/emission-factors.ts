/** Emission intensities of container ships: what one TEU emits over one kilometre. */
export interface EmissionFactorSet {
  readonly name: string;
  readonly version: string;
  /** Grams of CO2 equivalent per TEU-kilometre, well-to-wake. */
  readonly gramsPerTeuKm: { readonly dry: number; readonly reefer: number };
  /** What the route's distance is multiplied with before a factor is applied. */
  readonly distanceAdjustment: number;
  /** Cargo in an average TEU, in tonnes, for cargo whose containers' sizes aren't known. */
  readonly tonnesPerTeu: number;
}

/**
 * Default values of the GLEC Framework for container ships, which rest on the Clean Cargo carriers' data:
 *
 * - dry: 76 g CO2e/TEU-km, the industry average (Module 2, table 46),
 * - reefer: 139.3 g CO2e/TEU-km, the trade lane "other global", the one that isn't bound to a lane,
 * - 10 t of cargo in an average TEU.
 *
 * Source: Smart Freight Centre, Global Logistics Emissions Council Framework for Logistics Emissions Accounting and
 * Reporting, version 2.0, edition of July 2022. Well-to-wake, at average utilisation, empty containers shared out.
 *
 * The factors are made for the shortest feasible distance: the 15 % that ships sail on top of it, the distance
 * adjustment of ISO 14083, is in them already, so the distance isn't adjusted again.
 */
export const GLEC_CONTAINER_SHIPS: EmissionFactorSet = {
  name: 'GLEC Framework default values, container ships (Clean Cargo)',
  version: '2.0 (July 2022)',
  gramsPerTeuKm: { dry: 76, reefer: 139.3 },
  distanceAdjustment: 1,
  tonnesPerTeu: 10,
};
