/** A place on the globe. */
export interface Place {
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
}

/** From the centre of the earth to a place, of length one: knows neither an antimeridian nor poles. */
export type UnitVector = readonly [x: number, y: number, z: number];

/** Mean earth radius of the IUGG (6,371.0088 km) in international nautical miles (1.852 km). */
export const EARTH_RADIUS_NM = 6371.0088 / 1.852;
const RADIANS = Math.PI / 180;

export function toUnitVector({ latitude, longitude }: Place): UnitVector {
  const phi = latitude * RADIANS;
  const lambda = longitude * RADIANS;
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** Great-circle distance in nautical miles; exact for tiny distances too. */
export function distance(from: Place, to: Place): number {
  const a = toUnitVector(from);
  const b = toUnitVector(to);
  return 2 * EARTH_RADIUS_NM * Math.asin(Math.min(1, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 2));
}
