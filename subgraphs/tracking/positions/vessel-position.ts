/** Where a vessel was, as it reported. */
export interface VesselPosition {
  /** IMO ship number. */
  readonly imo: number;
  readonly observedAt: Date;
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** Over ground; null when not told, as the following. */
  readonly speedKnots: number | null;
  /** Over ground, from true north, 0 to less than 360. */
  readonly courseDegrees: number | null;
  /** From true north, 0 to less than 360. */
  readonly headingDegrees: number | null;
  /** AIS code, 0 to 15 (ITU-R M.1371). */
  readonly navigationalStatus: number | null;
}

/** The columns that all tables of positions have, in the order of {@link arraysOf}. */
export const COLUMNS =
  'imo, observed_at, latitude, longitude, speed_knots, course_degrees, heading_degrees, navigational_status';

const TYPES = ['int', 'timestamptz', 'float8', 'float8', 'real', 'real', 'real', 'smallint'];

/**
 * A table of positions from the parameters that {@link arraysOf} gives.
 * @param first number of the first parameter
 */
export function fromArrays(first = 1): string {
  return `unnest(${TYPES.map((type, at) => `$${first + at}::${type}[]`).join(', ')}) AS r (${COLUMNS})`;
}

/** Positions as one Postgres array literal a column: far cheaper than a parameter a value. */
export function arraysOf(positions: readonly VesselPosition[]): string[] {
  const column = (value: (position: VesselPosition) => number | string | null): string =>
    `{${positions.map((position) => value(position) ?? 'NULL').join(',')}}`;
  return [
    column(({ imo }) => imo),
    column(({ observedAt }) => observedAt.toISOString()),
    column(({ latitude }) => latitude),
    column(({ longitude }) => longitude),
    column(({ speedKnots }) => speedKnots),
    column(({ courseDegrees }) => courseDegrees),
    column(({ headingDegrees }) => headingDegrees),
    column(({ navigationalStatus }) => navigationalStatus),
  ];
}

/**
 * What to select to get a {@link VesselPosition}.
 * @param of the table's name in the statement
 */
export function selectPosition(of: string): string {
  return `${of}.imo, ${of}.observed_at AS "observedAt", ${of}.latitude, ${of}.longitude,
    ${of}.speed_knots AS "speedKnots", ${of}.course_degrees AS "courseDegrees",
    ${of}.heading_degrees AS "headingDegrees", ${of}.navigational_status AS "navigationalStatus"`;
}

/** The seven digits of an IMO ship number. */
export function imoText(imo: number): string {
  return String(imo).padStart(7, '0');
}

/** The other way round; null for what isn't seven digits. */
export function imoOf(text: string | null): number | null {
  return text !== null && /^\d{7}$/.test(text) ? Number(text) : null;
}
