import type { Redis } from 'ioredis';
import type { Database } from '#platform/database/database.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { selectPosition } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/**
 * Where vessels were seen last. Redis has it at hand, Postgres knows it: what Redis hasn't is read from there and put
 * back, and without Redis all is.
 */
export interface LatestPositions {
  /** One round trip to Redis and at most one statement. @returns one entry for each vessel, in the same order */
  of(imos: readonly number[]): Promise<(VesselPosition | null)[]>;
  /** Has Redis know newer positions, some time soon. Never throws. */
  remember(positions: readonly VesselPosition[]): void;
}

/**
 * Seconds. Should Redis miss a position that was committed, because a process or Redis itself went away in between, it
 * says so by then.
 */
const TTL = 60;
/** Vessels in one step: Redis does nothing else meanwhile. */
const STEP = 1_000;

/** Keeps what was observed later; nothing at all (-1) is earlier than everything. */
const REMEMBER = `
for place, key in ipairs(KEYS) do
  local known = redis.call('GET', key)
  local since = known and tonumber(string.match(known, '^%-?%d+')) or -2
  if tonumber(ARGV[2 * place]) > since then
    redis.call('SET', key, ARGV[2 * place] .. ' ' .. ARGV[2 * place + 1], 'EX', ARGV[1])
  end
end`;

const READ = `
  SELECT ${selectPosition('known')} FROM vessel_position AS known WHERE known.imo = ANY($1::int[])`;

export function createLatestPositions(
  redis: Pick<Redis, 'mget' | 'eval'>,
  { pool }: Pick<Database, 'pool'>,
  log: Logger,
): LatestPositions {
  /** What Redis is still to be told: one entry a vessel, so that a Redis that hangs doesn't fill the memory. */
  const news = new Map<number, VesselPosition | null>();
  let isTelling = false;

  const tell = async (): Promise<void> => {
    isTelling = true;
    while (news.size > 0) {
      const step = [...news].slice(0, STEP);
      for (const [imo] of step) news.delete(imo);
      const values = step.flatMap(([, position]) =>
        position ? [position.observedAt.getTime(), JSON.stringify(position)] : [-1, ''],
      );
      try {
        await redis.eval(REMEMBER, step.length, ...step.map(([imo]) => keyOf(imo)), TTL, ...values);
      } catch (error) {
        log.debug({ error }, 'Redis was not told where vessels are');
      }
    }
    isTelling = false;
  };
  const note = (imo: number, position: VesselPosition | null): void => {
    const waiting = news.get(imo);
    if (!waiting || (position && position.observedAt > waiting.observedAt)) news.set(imo, position);
  };
  const begin = (): void => {
    if (!isTelling) void tell();
  };
  const atHand = async (imos: readonly number[]): Promise<(VesselPosition | null | undefined)[]> => {
    try {
      return (await redis.mget(...imos.map(keyOf))).map(parse);
    } catch (error) {
      log.debug({ error }, 'where vessels are is read from Postgres');
      return imos.map(() => undefined);
    }
  };
  return {
    of: async (imos) => {
      if (imos.length === 0) return [];
      const known = await atHand(imos);
      const missing = [...new Set(imos.filter((_, at) => known[at] === undefined))];
      if (missing.length === 0) return known.map((position) => position ?? null);
      const { rows } = await pool.query<VesselPosition>({
        name: 'latest-positions',
        text: READ,
        values: [`{${missing.join(',')}}`],
      });
      const found = new Map(rows.map((row) => [row.imo, row]));
      for (const imo of missing) note(imo, found.get(imo) ?? null);
      begin();
      return imos.map((imo, at) => known[at] ?? found.get(imo) ?? null);
    },
    remember: (positions) => {
      for (const position of positions) note(position.imo, position);
      begin();
    },
  };
}

function keyOf(imo: number): string {
  return `position:latest:${imo}`;
}

/** Null: known to be nowhere. Undefined: not at hand. */
function parse(text: string | null): VesselPosition | null | undefined {
  if (text === null) return undefined;
  const json = text.slice(text.indexOf(' ') + 1);
  if (json === '') return null;
  try {
    const position = JSON.parse(json) as VesselPosition;
    return { ...position, observedAt: new Date(position.observedAt) };
  } catch {
    return undefined;
  }
}
