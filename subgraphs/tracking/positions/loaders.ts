import DataLoader from 'dataloader';
import type { Rows } from '#platform/database/database.ts';
import type { Leg } from './legs.ts';
import type { LatestPositions } from './latest-positions.ts';
import { readTracks } from './read-track.ts';
import type { TrackRequest } from './read-track.ts';
import { selectPosition } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/** One request's way to where vessels were. Positions belong to no tenant: whose cargo is aboard isn't told by them. */
export interface PositionLoaders {
  /** Where a vessel was seen last, by IMO number. */
  readonly latest: DataLoader<number, VesselPosition | null>;
  /** Where the vessel of a leg that has ended was seen last on it. */
  readonly endOfLeg: DataLoader<EndedLeg, VesselPosition | null, string>;
  readonly track: DataLoader<TrackRequest, VesselPosition[]>;
}

export interface EndedLeg extends Leg {
  readonly arrived: Date;
}

/** A vessel that wasn't seen for longer than this before its arrival was seen too far away. */
const DAYS_BEFORE_ARRIVAL = 7;

const END_OF_LEG = `
  SELECT leg.place::int, seen.*
  FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS leg (imo, departed, arrived, place)
  CROSS JOIN LATERAL (
    SELECT ${selectPosition('p')} FROM position_report AS p
    WHERE p.imo = leg.imo AND p.observed_at <= leg.arrived
      AND p.observed_at >= greatest(leg.departed, leg.arrived - interval '${DAYS_BEFORE_ARRIVAL} days')
    ORDER BY p.observed_at DESC LIMIT 1
  ) AS seen`;

export function createPositionLoaders(database: Rows, latest: LatestPositions): PositionLoaders {
  return {
    latest: new DataLoader((imos) => latest.of(imos)),
    endOfLeg: new DataLoader((legs) => readEnds(database, legs), {
      cacheKeyFn: ({ imo, departed, arrived }) => `${imo} ${departed.getTime()} ${arrived.getTime()}`,
    }),
    track: new DataLoader((requests) => readTracks(database, requests, new Date()), { cache: false }),
  };
}

async function readEnds({ pool }: Rows, legs: readonly EndedLeg[]): Promise<(VesselPosition | null)[]> {
  const { rows } = await pool.query<VesselPosition & { readonly place: number }>({
    name: 'ends-of-legs',
    text: END_OF_LEG,
    values: [
      legs.map(({ imo }) => imo),
      legs.map(({ departed }) => departed),
      legs.map(({ arrived }) => arrived),
    ],
  });
  const found = new Map(rows.map(({ place, ...position }) => [place, position]));
  return legs.map((_, at) => found.get(at + 1) ?? null);
}
