import type { Database } from '#platform/database/database.ts';
import type { Leg } from './legs.ts';
import { plausibleTrack } from './plausible-track.ts';
import { thinTrack } from './thin-track.ts';
import { selectPosition } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/** A part of what a shipment's vessels have sailed. */
export interface TrackRequest {
  readonly legs: readonly Leg[];
  /** Both included; null: from the beginning, until now. */
  readonly from: Date | null;
  readonly to: Date | null;
  /** At least 2. */
  readonly maxPoints: number;
}

/** Rows read for a point that is shown: enough for the shape to be chosen from. */
const ROWS_PER_POINT = 4;
/** Rows read for all tracks of a request; when there are many, each gets its share and may have fewer points. */
const MAX_ROWS = 20_000;

/** A time on one vessel, and how many rows may be read of it. */
interface Window {
  readonly track: number;
  readonly imo: number;
  readonly since: Date;
  readonly until: Date;
  readonly rows: number;
}

interface Row extends VesselPosition {
  /** Which window, from 1. */
  readonly place: number;
}

const WINDOWS =
  'unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[]) WITH ORDINALITY AS w (imo, since, until, rows, place)';
const IN_WINDOW = 'p.imo = w.imo AND p.observed_at >= w.since AND p.observed_at <= w.until';
const SEEN = `SELECT ${selectPosition('p')} FROM position_report AS p`;

/** All of each window, or one row more than it may have. */
const ALL = `
  SELECT w.place::int, seen.* FROM ${WINDOWS}
  CROSS JOIN LATERAL (${SEEN} WHERE ${IN_WINDOW} ORDER BY p.observed_at LIMIT w.rows + 1) AS seen
  ORDER BY w.place, seen."observedAt"`;

/**
 * The first row of each of so many equal parts of each window, and the last row of all: an index look-up a part, however
 * many rows there are.
 */
const SAMPLED = `
  SELECT w.place::int, seen.* FROM ${WINDOWS}
  CROSS JOIN LATERAL (SELECT (w.until - w.since) / w.rows AS part) AS width
  CROSS JOIN LATERAL generate_series(0, w.rows - 1) AS number
  CROSS JOIN LATERAL (${SEEN} WHERE p.imo = w.imo AND p.observed_at >= w.since + part * number
    AND p.observed_at < w.since + part * (number + 1) ORDER BY p.observed_at LIMIT 1) AS seen
  UNION
  SELECT w.place::int, seen.* FROM ${WINDOWS}
  CROSS JOIN LATERAL (${SEEN} WHERE ${IN_WINDOW} ORDER BY p.observed_at DESC LIMIT 1) AS seen
  ORDER BY place, "observedAt"`;

/**
 * Reads tracks and thins them: at most two statements for any number of tracks, whose rows are bounded whatever the
 * vessels have reported. What no ship can have sailed is left out.
 * @returns one track for each request, in its order of time
 */
export async function readTracks(
  { pool }: Pick<Database, 'pool'>,
  requests: readonly TrackRequest[],
  now: Date,
): Promise<VesselPosition[][]> {
  const share = Math.max(2, Math.floor(MAX_ROWS / Math.max(requests.length, 1)));
  const windows = requests.flatMap((request, track) => windowsOf(request, track, share, now));
  const found = windows.map((): VesselPosition[] => []);
  const read = async (text: string, places: readonly number[]): Promise<void> => {
    if (places.length === 0) return;
    const chosen = places.map((place) => windows[place] as Window);
    const { rows } = await pool.query<Row>(text, [
      chosen.map(({ imo }) => imo),
      chosen.map(({ since }) => since),
      chosen.map(({ until }) => until),
      chosen.map((window) => window.rows),
    ]);
    for (const place of places) found[place] = [];
    for (const { place, ...position } of rows) found[places[place - 1] ?? -1]?.push(position);
  };
  await read(ALL, [...windows.keys()]);
  await read(
    SAMPLED,
    [...windows.keys()].filter((place) => (found[place]?.length ?? 0) > (windows[place]?.rows ?? 0)),
  );
  return requests.map(({ maxPoints }, track) => {
    const legs = found.filter((_, place) => windows[place]?.track === track).map(plausibleTrack);
    const ends = new Set(legs.flatMap((leg) => [leg[0], leg.at(-1)]));
    return thinTrack(legs.flat(), Math.min(maxPoints, share), (position) => ends.has(position));
  });
}

function windowsOf(
  { legs, from, to, maxPoints }: TrackRequest,
  track: number,
  share: number,
  now: Date,
): Window[] {
  const spans = legs.flatMap(({ imo, departed, arrived }) => {
    const since = from && from > departed ? from : departed;
    const end = arrived ?? now;
    const until = to && to < end ? to : end;
    return since < until ? [{ imo, since, until, length: until.getTime() - since.getTime() }] : [];
  });
  const total = spans.reduce((sum, { length }) => sum + length, 0);
  const rows = Math.min(maxPoints * ROWS_PER_POINT, share);
  return spans.map(({ imo, since, until, length }) => ({
    track,
    imo,
    since,
    until,
    rows: Math.max(1, Math.floor((rows * length) / total)),
  }));
}
