import { containerTeu, isReefer } from './container-teu.ts';
import { type EmissionFactorSet, GLEC_CONTAINER_SHIPS } from './emission-factors.ts';
import { type Coordinate, KILOMETRES_PER_NAUTICAL_MILE } from './geodesy.ts';
import { legDistances } from './itinerary.ts';
import { seaDistance } from './sea-route.ts';

/** A container as far as its emissions go. */
export interface LoadedContainer {
  /** Size-type code of ISO 6346. */
  readonly sizeType?: string | undefined;
  readonly cargoKilograms?: number | undefined;
}

/** Greenhouse gas emitted by carrying cargo by sea, well-to-wake. */
export interface CarriageEmissions {
  /** Kilograms of CO2 equivalent. */
  readonly kilograms: number;
  readonly factorSet: EmissionFactorSet;
  /** Distance that the factors were applied to, in kilometres. */
  readonly distanceKilometres: number;
  readonly teu: number;
  /** The cargo that was counted by its mass, in tonnes; null when every container was counted by its size. */
  readonly cargoTonnes: number | null;
}

/**
 * Emissions of carrying containers from port to port: distance × TEU × the factor for dry or refrigerated
 * containers, leg by leg (ISO 14083:2023, transport chain elements of sea transport). Container carriers share
 * their fuel out by slots, so a container counts by its size however heavy it is; one whose size isn't known
 * counts by its cargo's mass and the average load of a TEU, and as a dry one.
 *
 * Terminals and the way to and from the ports are not in it.
 *
 * @param places the ports of the journey in order, at least two.
 * @returns null when there is no container, nothing is known of one, or there is no way by sea.
 */
export function carriageEmissions(
  places: readonly Coordinate[],
  containers: readonly LoadedContainer[],
  factorSet = GLEC_CONTAINER_SHIPS,
  distance = seaDistance,
): CarriageEmissions | null {
  const legs = legDistances(places, distance);
  if (!legs || legs.length === 0 || containers.length === 0) return null;
  const teu = { dry: 0, reefer: 0 };
  let kilogramsByMass = 0;
  let countedByMass = false;
  for (const { sizeType = '', cargoKilograms } of containers) {
    const bySize = containerTeu(sizeType);
    if (bySize !== undefined) {
      teu[isReefer(sizeType) ? 'reefer' : 'dry'] += bySize;
    } else if (cargoKilograms !== undefined) {
      countedByMass = true;
      kilogramsByMass += cargoKilograms;
      teu.dry += cargoKilograms / 1000 / factorSet.tonnesPerTeu;
    } else {
      return null;
    }
  }
  const nauticalMiles = legs.reduce((sum, leg) => sum + leg, 0);
  const kilometres = nauticalMiles * KILOMETRES_PER_NAUTICAL_MILE * factorSet.distanceAdjustment;
  const { dry, reefer } = factorSet.gramsPerTeuKm;
  return {
    kilograms: ((teu.dry * dry + teu.reefer * reefer) * kilometres) / 1000,
    factorSet,
    distanceKilometres: kilometres,
    teu: teu.dry + teu.reefer,
    cargoTonnes: countedByMass ? kilogramsByMass / 1000 : null,
  };
}
