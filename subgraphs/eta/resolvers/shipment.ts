import { carriageEmissions } from '../emissions.ts';
import type { ShipmentResolvers } from '../generated/schema.ts';
import { itinerary } from '../itinerary.ts';
import { predictArrival } from '../prediction.ts';
import { toContainers, toJourney, toVoyage } from '../representation.ts';

export const shipmentResolvers = {
  eta(shipment, _, { now }) {
    const prediction = predictArrival(toVoyage(shipment), now);
    if (!prediction) return null;
    const { remainingNauticalMiles, speedKnots } = prediction;
    return {
      ...prediction,
      predictedAt: prediction.p50,
      remainingNauticalMiles: remainingNauticalMiles === null ? null : tenths(remainingNauticalMiles),
      speedKnots: speedKnots === null ? null : tenths(speedKnots),
      computedAt: now,
    };
  },

  emissions(shipment) {
    const ports = itinerary(toJourney(shipment))?.map(({ port }) => port.coordinate);
    const emissions = ports && carriageEmissions(ports, toContainers(shipment));
    if (!emissions) return null;
    return {
      kgCo2e: tenths(emissions.kilograms),
      factorSet: emissions.factorSet.name,
      factorSetVersion: emissions.factorSet.version,
      distanceKm: tenths(emissions.distanceKilometres),
      cargoTonnes: emissions.cargoTonnes,
      teu: emissions.teu,
    };
  },
} satisfies ShipmentResolvers;

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
