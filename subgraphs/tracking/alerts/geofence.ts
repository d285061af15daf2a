/** A part of the earth's surface. Degrees, WGS 84. */
export type Area = Circle | Polygon;

export interface Circle extends Place {
  readonly type: 'CIRCLE';
  readonly radiusKm: number;
}

/**
 * Its border runs along straight lines of latitude and longitude between the points, the short way around, and from
 * the last point to the first. It may cross the antimeridian; it holds no pole.
 */
export interface Polygon {
  readonly type: 'POLYGON';
  /** At least three. */
  readonly points: readonly Place[];
}

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Where something was, and when. */
export interface Sighting extends Place {
  readonly observedAt: Date;
}

/** A border that was crossed. */
export interface Crossing extends Place {
  readonly direction: 'ENTERS' | 'LEAVES';
  /** When about, at even speed between the two sightings. */
  readonly at: Date;
}

const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;
/** A degree of latitude, and at most of longitude. */
const KM_PER_DEGREE = EARTH_RADIUS_KM * RADIANS;

/** Between sightings that lie further apart in time, no way is guessed: only where they are counts. */
const LONGEST_GUESS = 12 * 3_600_000;
/** Steps in which the way between two sightings is looked at for circles. */
const STEPS = 64;
/** Halvings that find a border to about a second in twelve hours. */
const HALVINGS = 16;

export function isInside(area: Area, place: Place): boolean {
  return area.type === 'CIRCLE' ? distanceKm(area, place) <= area.radiusKm : isInPolygon(area.points, place);
}

/**
 * The crossings of an area's border on the way from one sighting to the next, in their order. An area that lies between
 * two sightings outside of it is entered and left.
 */
export function crossingsOf(area: Area, previous: Sighting, current: Sighting): Crossing[] {
  const duration = current.observedAt.getTime() - previous.observedAt.getTime();
  if (duration < 0) return [];
  const way = wayBetween(previous, current);
  // Where it is from each border on, and where on the way that border is.
  const inside = [isInside(area, previous)];
  const borders = [0];
  if (duration <= LONGEST_GUESS) {
    const marks = [0, ...bordersOn(area, way), 1];
    for (const [index, mark] of marks.slice(0, -1).entries()) {
      // Between two marks it is either inside or outside all the way; touching a border doesn't cross it.
      inside.push(isInside(area, way((mark + (marks[index + 1] as number)) / 2)));
      borders.push(mark);
    }
  }
  inside.push(isInside(area, current));
  borders.push(1);
  return borders.flatMap((fraction, index): Crossing[] => {
    if (index === 0 || inside[index] === inside[index - 1]) return [];
    const { latitude, longitude } = way(fraction);
    return [
      {
        direction: inside[index] ? 'ENTERS' : 'LEAVES',
        at: new Date(previous.observedAt.getTime() + Math.round(duration * fraction)),
        latitude: rounded(latitude),
        longitude: rounded(wrapped(longitude)),
      },
    ];
  });
}

type Way = (fraction: number) => Place;

/** The straight line in degrees, the short way around the earth. */
function wayBetween(from: Place, to: Place): Way {
  const east = wrapped(to.longitude - from.longitude);
  return (fraction) => ({
    latitude: from.latitude + (to.latitude - from.latitude) * fraction,
    longitude: from.longitude + east * fraction,
  });
}

/** Where on a way, from 0 to 1, borders may be crossed, in order. */
function bordersOn(area: Area, way: Way): number[] {
  return area.type === 'CIRCLE' ? bordersOfCircle(area, way) : bordersOfPolygon(area.points, way);
}

function bordersOfCircle(circle: Circle, way: Way): number[] {
  const [from, to] = [way(0), way(1)];
  const atMost = Math.hypot(to.latitude - from.latitude, to.longitude - from.longitude) * KM_PER_DEGREE;
  if (distanceKm(circle, from) > circle.radiusKm + atMost) return [];
  const samples = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  const nearest = nearestTo(circle, way, samples);
  const marks = [...new Set([...samples, nearest])].sort((a, b) => a - b);
  return marks.slice(1).flatMap((end, index) => {
    let low = marks[index] as number;
    let high = end;
    const begins = isInside(circle, way(low));
    if (begins === isInside(circle, way(high))) return [];
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2;
      if (isInside(circle, way(middle)) === begins) low = middle;
      else high = middle;
    }
    return [high];
  });
}

/** So that a small circle between two samples isn't missed. */
function nearestTo(circle: Circle, way: Way, samples: readonly number[]): number {
  const distance = (fraction: number) => distanceKm(circle, way(fraction));
  const best = samples.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  let low = Math.max(0, best - 1 / STEPS);
  let high = Math.min(1, best + 1 / STEPS);
  for (let third = 0; third < 40; third++) {
    const [one, other] = [low + (high - low) / 3, high - (high - low) / 3];
    if (distance(one) < distance(other)) high = other;
    else low = one;
  }
  return (low + high) / 2;
}

function bordersOfPolygon(points: readonly Place[], way: Way): number[] {
  const [from, to] = [way(0), way(1)];
  const east = to.longitude - from.longitude;
  const north = to.latitude - from.latitude;
  const fractions = new Set<number>();
  for (const [start, end] of edgesNear(points, from.longitude)) {
    const edgeEast = end.longitude - start.longitude;
    const edgeNorth = end.latitude - start.latitude;
    const denominator = east * edgeNorth - north * edgeEast;
    if (denominator === 0) continue;
    const [offsetEast, offsetNorth] = [start.longitude - from.longitude, start.latitude - from.latitude];
    const onWay = (offsetEast * edgeNorth - offsetNorth * edgeEast) / denominator;
    const onEdge = (offsetEast * north - offsetNorth * east) / denominator;
    if (onWay >= 0 && onWay <= 1 && onEdge >= 0 && onEdge <= 1) fractions.add(onWay);
  }
  return [...fractions].sort((a, b) => a - b);
}

function isInPolygon(points: readonly Place[], { latitude, longitude }: Place): boolean {
  const edges = edgesAround(points);
  return [longitude - 360, longitude, longitude + 360].some((meridian) => {
    // A ray to the east crosses the border an odd number of times.
    const crossed = edges.filter(([start, end]) => {
      if (start.latitude > latitude === end.latitude > latitude) return false;
      const share = (latitude - start.latitude) / (end.latitude - start.latitude);
      return meridian < start.longitude + share * (end.longitude - start.longitude);
    });
    return crossed.length % 2 === 1;
  });
}

/** The edges with longitudes that go on beyond ±180 instead of jumping. */
function edgesAround(points: readonly Place[]): [Place, Place][] {
  const [first] = points;
  if (first === undefined) return [];
  const unrolled: Place[] = [first];
  for (const { latitude, longitude } of points.slice(1)) {
    const before = (unrolled.at(-1) as Place).longitude;
    unrolled.push({ latitude, longitude: before + wrapped(longitude - before) });
  }
  return unrolled.map((start, index) => [start, unrolled[(index + 1) % unrolled.length] as Place]);
}

/** Copies of the edges around the earth, of which those near a meridian matter. */
function edgesNear(points: readonly Place[], longitude: number): [Place, Place][] {
  const edges = edgesAround(points);
  const shifted = (place: Place, by: number): Place => ({ ...place, longitude: place.longitude + by });
  const middle = edges.reduce((sum, [start]) => sum + start.longitude, 0) / Math.max(edges.length, 1);
  const shift = 360 * Math.round((longitude - middle) / 360);
  return [shift - 360, shift, shift + 360].flatMap((by) =>
    edges.map(([start, end]): [Place, Place] => [shifted(start, by), shifted(end, by)]),
  );
}

/** The great-circle distance by the haversine formula. */
export function distanceKm(one: Place, other: Place): number {
  const half = (degrees: number) => Math.sin((degrees * RADIANS) / 2) ** 2;
  const a =
    half(other.latitude - one.latitude) +
    Math.cos(one.latitude * RADIANS) *
      Math.cos(other.latitude * RADIANS) *
      half(other.longitude - one.longitude);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(a)));
}

/** The same angle in [-180, 180). */
function wrapped(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

/** To about a metre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}
