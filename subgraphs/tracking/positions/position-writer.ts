import type { Database } from '#platform/database/database.ts';
import { RefusedRequest } from '../ingestion/read-body.ts';
import { keyOf, storePositions } from './store-positions.ts';
import type { VesselPosition } from './vessel-position.ts';

/** Positions in one statement, unless a request alone has more. */
const BATCH = 2_000;
/** Statements at the same time; the other database connections are for those who read. */
const WRITERS = 2;

/** Writes positions in batches, however few come at a time. */
export interface PositionWriter {
  /**
   * Resolves when the positions are committed, with whether each was new.
   * @throws {RefusedRequest} 429 when too many are waiting: none of them was taken
   */
  write(positions: readonly VesselPosition[]): Promise<boolean[]>;
}

interface Waiting {
  readonly positions: readonly VesselPosition[];
  readonly resolve: (isNew: boolean[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests that come while others are being written wait and are written together: the more there is to do, the less
 * each costs.
 * @param backlog positions that may wait
 * @param onStored told of the positions that were new
 */
export function createPositionWriter(
  database: Pick<Database, 'pool'>,
  backlog: number,
  onStored: (positions: readonly VesselPosition[]) => void,
): PositionWriter {
  let queue: Waiting[] = [];
  let queued = 0;
  let writers = 0;

  const takeBatch = (): Waiting[] => {
    let size = 0;
    const end = queue.findIndex(({ positions }, at) => (size += positions.length) > BATCH && at > 0);
    const batch = end === -1 ? queue : queue.slice(0, end);
    queue = queue.slice(batch.length);
    queued -= batch.reduce((sum, { positions }) => sum + positions.length, 0);
    return batch;
  };
  const writeAll = async (): Promise<void> => {
    writers++;
    while (queue.length > 0) await writeBatch(takeBatch());
    writers--;
  };
  const writeBatch = async (batch: readonly Waiting[]): Promise<void> => {
    const firsts = new Map<string, VesselPosition>();
    for (const { positions } of batch)
      for (const position of positions) {
        const key = keyOf(position);
        if (!firsts.has(key)) firsts.set(key, position);
      }
    try {
      const known = await storePositions(database, [...firsts.values()]);
      const isNew = (position: VesselPosition): boolean => {
        const key = keyOf(position);
        return firsts.get(key) === position && !known.has(key);
      };
      for (const { positions, resolve } of batch) resolve(positions.map(isNew));
      onStored([...firsts.values()].filter(isNew));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return {
    write: async (positions) => {
      if (positions.length === 0) return [];
      if (queued + positions.length > backlog) {
        throw new RefusedRequest(429, 'too many positions are being taken in; post the same again later');
      }
      return new Promise((resolve, reject) => {
        queue.push({ positions, resolve, reject });
        queued += positions.length;
        if (writers < WRITERS) void writeAll();
      });
    },
  };
}
