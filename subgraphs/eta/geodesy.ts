/** A place on the globe in degrees, in GeoJSON order. */
export type Coordinate = readonly [longitude: number, latitude: number];

/** A unit vector from the centre of the earth: x towards 0°N 0°E, y towards 0°N 90°E, z towards the north pole. */
export type UnitVector = readonly [x: number, y: number, z: number];

/** Mean earth radius of the IUGG (6,371.0088 km) in international nautical miles (1.852 km). */
export const EARTH_RADIUS_NM = 6371.0088 / 1.852;

/** Kilometres in one international nautical mile, exact by definition. */
export const KILOMETRES_PER_NAUTICAL_MILE = 1.852;

const DEGREES = 180 / Math.PI;

/**
 * Checks a coordinate and brings its longitude into [-180, 180).
 * @throws {RangeError} when a value isn't finite or the latitude is outside [-90, 90].
 */
export function normaliseCoordinate(coordinate: Coordinate): Coordinate {
  const [longitude, latitude] = coordinate;
  if (!Number.isFinite(longitude)) {
    throw new RangeError(`longitude must be a finite number of degrees, got ${longitude}`);
  }
  if (!(latitude >= -90 && latitude <= 90)) {
    throw new RangeError(`latitude must be between -90 and 90 degrees, got ${latitude}`);
  }
  return [wrapLongitude(longitude), latitude];
}

/** The same meridian in [-180, 180). */
export function wrapLongitude(longitude: number): number {
  if (longitude >= -180 && longitude < 180) return longitude;
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

/** The longitude of the same meridian that lies within 180° of `reference`; may leave [-180, 180]. */
export function unwrapLongitude(longitude: number, reference: number): number {
  return reference + wrapLongitude(longitude - reference);
}

export function toUnitVector([longitude, latitude]: Coordinate): UnitVector {
  const lambda = longitude / DEGREES;
  const phi = latitude / DEGREES;
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

export function toCoordinate([x, y, z]: UnitVector): Coordinate {
  return [wrapLongitude(Math.atan2(y, x) * DEGREES), Math.atan2(z, Math.hypot(x, y)) * DEGREES];
}

export function dot(a: UnitVector, b: UnitVector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: UnitVector, b: UnitVector): UnitVector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The vector scaled to length one; the zero vector stays as it is. */
export function normalise(vector: UnitVector): UnitVector {
  const length = Math.hypot(vector[0], vector[1], vector[2]);
  return length === 0 ? vector : [vector[0] / length, vector[1] / length, vector[2] / length];
}

/** Great-circle distance in nautical miles; exact for tiny and for antipodal distances alike. */
export function vectorDistance(a: UnitVector, b: UnitVector): number {
  const [x, y, z] = cross(a, b);
  return Math.atan2(Math.hypot(x, y, z), dot(a, b)) * EARTH_RADIUS_NM;
}

/** Great-circle distance in nautical miles on a spherical earth (within 0.5 % of the ellipsoid). */
export function greatCircleDistance(from: Coordinate, to: Coordinate): number {
  return vectorDistance(toUnitVector(from), toUnitVector(to));
}

/** The point at `fraction` (0 to 1) of the great circle from `a` to `b`; the ends must not be antipodal. */
export function interpolate(a: UnitVector, b: UnitVector, fraction: number): UnitVector {
  const angle = vectorDistance(a, b) / EARTH_RADIUS_NM;
  if (angle < 1e-12) return a;
  const weightA = Math.sin((1 - fraction) * angle) / Math.sin(angle);
  const weightB = Math.sin(fraction * angle) / Math.sin(angle);
  return normalise([
    weightA * a[0] + weightB * b[0],
    weightA * a[1] + weightB * b[1],
    weightA * a[2] + weightB * b[2],
  ]);
}

/** Initial course from one place to another along the great circle, in degrees from true north, [0, 360). */
export function initialCourse(from: Coordinate, to: Coordinate): number {
  const phi1 = from[1] / DEGREES;
  const phi2 = to[1] / DEGREES;
  const deltaLambda = (to[0] - from[0]) / DEGREES;
  const y = Math.sin(deltaLambda) * Math.cos(phi2);
  const x = Math.cos(phi1) * Math.sin(phi2) - Math.sin(phi1) * Math.cos(phi2) * Math.cos(deltaLambda);
  return (Math.atan2(y, x) * DEGREES + 360) % 360;
}

/** The nearest point of the great-circle arc from `a` to `b`, and its distance from `point` in nautical miles. */
export function nearestOnArc(
  point: UnitVector,
  a: UnitVector,
  b: UnitVector,
): { point: UnitVector; nauticalMiles: number } {
  const normal = normalise(cross(a, b));
  const offset = dot(point, normal);
  const foot = normalise([
    point[0] - offset * normal[0],
    point[1] - offset * normal[1],
    point[2] - offset * normal[2],
  ]);
  const inside = dot(cross(a, foot), normal) >= 0 && dot(cross(foot, b), normal) >= 0;
  if (inside && vectorDistance(a, b) > 0) return { point: foot, nauticalMiles: vectorDistance(point, foot) };
  const toA = vectorDistance(point, a);
  const toB = vectorDistance(point, b);
  return toA <= toB ? { point: a, nauticalMiles: toA } : { point: b, nauticalMiles: toB };
}
