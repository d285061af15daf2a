import type { Redis } from 'ioredis';
import type { Logger } from '#platform/telemetry/log.ts';
import { PARTITIONS } from '../ingestion/event-stream.ts';

const WORKERS = 'ingest:workers';
const LEASE_MS = 5_000;
const ROUND_MS = 1_000;

/**
 * One round: tell that this worker lives, forget those that don't, give back what is another's share, keep and take
 * what is one's own. A partition has one owner at a time.
 */
const ROUND = `
local me, now, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + lease, me)
local workers = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(workers)
local mine = 0
for place, worker in ipairs(workers) do if worker == me then mine = place - 1 end end
local owned = {}
for partition = 0, #KEYS - 2 do
  local key = KEYS[partition + 2]
  local owner = redis.call('GET', key)
  local wanted = math.floor(partition * #workers / (#KEYS - 1)) == mine
  local busy = ARGV[4 + partition] == '1'
  if (wanted or busy) and (not owner or owner == me) then
    redis.call('SET', key, me, 'PX', lease)
    owned[#owned + 1] = partition
  elseif owner == me then
    redis.call('DEL', key)
  end
end
return owned`;

/** Which partitions this worker reads; shared out evenly among the workers that live. */
export class Leases {
  readonly #redis: Pick<Redis, 'eval' | 'del' | 'zrem' | 'get'>;
  readonly #log: Logger;
  readonly #me: string;
  readonly #keys = Array.from({ length: PARTITIONS }, (_, partition) => `ingest:owner:${partition}`);
  #owned = new Map<number, number>();
  #busy = new Set<number>();
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Pick<Redis, 'eval' | 'del' | 'zrem' | 'get'>, log: Logger, me: string) {
    this.#redis = redis;
    this.#log = log;
    this.#me = me;
  }

  /** Begins, and goes on until `stop`. */
  async start(): Promise<void> {
    await this.#round();
    const again = async (): Promise<void> => {
      await this.#round();
      if (this.#timer) this.#timer = setTimeout(() => void again(), ROUND_MS);
    };
    this.#timer = setTimeout(() => void again(), ROUND_MS);
  }

  /** Gives everything back. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const owned = [...this.#owned.keys()].map((partition) => this.#keys[partition] ?? '');
    this.#owned.clear();
    try {
      await this.#redis.zrem(WORKERS, this.#me);
      for (const key of owned) if ((await this.#redis.get(key)) === this.#me) await this.#redis.del(key);
    } catch {
      // They run out by themselves.
    }
  }

  /**
   * What this worker owns, each with a number that is another one whenever it was taken anew: what its former owner
   * had under way must be looked at then.
   */
  owned(): ReadonlyMap<number, number> {
    return this.#owned;
  }

  /** Keeps partitions from being given back while they are worked on. */
  setBusy(partitions: Iterable<number>, isBusy: boolean): void {
    for (const partition of partitions) {
      if (isBusy) this.#busy.add(partition);
      else this.#busy.delete(partition);
    }
  }

  async #round(): Promise<void> {
    try {
      const busy = this.#keys.map((_, partition) =>
        this.#busy.has(partition) && this.#owned.has(partition) ? 1 : 0,
      );
      const answer = await this.#redis.eval(
        ROUND,
        1 + PARTITIONS,
        WORKERS,
        ...this.#keys,
        this.#me,
        Date.now(),
        LEASE_MS,
        ...busy,
      );
      const partitions = answer as number[];
      const before = this.#owned;
      this.#owned = new Map(
        partitions.map((partition) => [partition, before.get(partition) ?? ++this.#taken]),
      );
      const same = before.size === this.#owned.size && partitions.every((partition) => before.has(partition));
      if (!same) this.#log.info({ partitions }, 'this worker owns other partitions');
    } catch (error) {
      this.#log.debug({ error }, 'the leases could not be renewed');
    }
  }
}
