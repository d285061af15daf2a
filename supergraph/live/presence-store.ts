import type { Redis } from 'ioredis';
import {
  PRESENCE_GATEWAYS,
  PRESENCE_KNOWN_FROM,
  presenceChannel,
  presenceEntry,
  presenceKey,
  type Place,
  type Viewer,
} from '#platform/presence.ts';

/** How long things hold, in milliseconds. */
export interface PresenceTimes {
  /** Between two heartbeats of a gateway. */
  readonly heartbeat: number;
  /** How long a gateway's people count after its last heartbeat. */
  readonly lease: number;
  /** How long nothing is known after the first gateway has come to a Redis that knows of none. */
  readonly grace: number;
  /** Between two times that a gateway writes all of its entries anew, so that no mistake stays. */
  readonly renewal: number;
  /** How long a place's entries stay in Redis after the last change or renewal. */
  readonly retention: number;
  /** How long a change waits for others that belong to it, such as the return of a page that is loaded again. */
  readonly settling: number;
  /** Between two updates about one place. */
  readonly interval: number;
}

/**
 * A gateway that is killed is noticed within `lease` + `heartbeat`, a WebSocket that falls silent within 24 s: with
 * the second for smoothing, nobody stays for longer than half a minute.
 */
export const PRESENCE_TIMES: PresenceTimes = {
  heartbeat: 5_000,
  lease: 15_000,
  // Connections come back within a second of their Redis (platform/redis.ts).
  grace: 3_000,
  renewal: 5 * 60_000,
  retention: 15 * 60_000,
  settling: 250,
  interval: 1_000,
};

/** One person at one place, by this gateway. */
export interface Attendee {
  readonly place: Place;
  readonly viewer: Viewer;
}

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const LIVE = `redis.call('ZRANGE', '${PRESENCE_GATEWAYS}', now, '+inf', 'BYSCORE')`;

/** In one step: nobody ever reads a half of them. */
const REGISTER = `${NOW}
local id, former, lease, grace, retention = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
redis.call('ZREMRANGEBYSCORE', '${PRESENCE_GATEWAYS}', '-inf', now)
if redis.call('ZCARD', '${PRESENCE_GATEWAYS}') == 0 then
  redis.call('SET', '${PRESENCE_KNOWN_FROM}', string.format('%.0f', now + grace))
end
for name in string.gmatch(former, '%S+') do redis.call('ZREM', '${PRESENCE_GATEWAYS}', name) end
redis.call('ZADD', '${PRESENCE_GATEWAYS}', now + lease, id)
for i = 6, #ARGV, 3 do
  redis.call('HSET', ARGV[i], id .. ' ' .. ARGV[i + 1], ARGV[i + 2])
  redis.call('PEXPIRE', ARGV[i], retention)
end
return ${LIVE}`;

const BEAT = `${NOW}
local ends = redis.call('ZSCORE', '${PRESENCE_GATEWAYS}', ARGV[1])
if not ends or tonumber(ends) < now then return false end
redis.call('ZADD', '${PRESENCE_GATEWAYS}', now + ARGV[2], ARGV[1])
return ${LIVE}`;

const CHANGE = `
local id, retention = ARGV[1], ARGV[2]
if not redis.call('ZSCORE', '${PRESENCE_GATEWAYS}', id) then return 0 end
for i = 3, #ARGV, 5 do
  local key, channel, value, subject, entry = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if entry == '' then
    redis.call('HDEL', key, id .. ' ' .. subject)
  else
    redis.call('HSET', key, id .. ' ' .. subject, entry)
    redis.call('PEXPIRE', key, retention)
  end
  redis.call('PUBLISH', channel, value)
end
return 1`;

const LEAVE = `
for name in string.gmatch(ARGV[1], '%S+') do redis.call('ZREM', '${PRESENCE_GATEWAYS}', name) end
for i = 2, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end`;

/** What a gateway writes about its people. Each call is one round trip and throws when Redis is away. */
export class PresenceStore {
  readonly #redis: Pick<Redis, 'eval'>;
  readonly #times: PresenceTimes;

  constructor(redis: Pick<Redis, 'eval'>, times: PresenceTimes) {
    this.#redis = redis;
    this.#times = times;
  }

  /**
   * Takes a lease with everybody who is here, in the place of its former ones.
   * @returns the gateways whose leases run
   */
  async register(
    id: string,
    former: readonly string[],
    attendees: Iterable<Attendee>,
  ): Promise<readonly string[]> {
    const { lease, grace, retention } = this.#times;
    const entries: string[] = [];
    for (const { place, viewer } of attendees)
      entries.push(presenceKey(place), viewer.subject, presenceEntry(viewer));
    return (await this.#redis.eval(
      REGISTER,
      0,
      id,
      former.join(' '),
      lease,
      grace,
      retention,
      ...entries,
    )) as string[];
  }

  /** @returns the gateways whose leases run; null when this one's has ended */
  async beat(id: string): Promise<readonly string[] | null> {
    return (await this.#redis.eval(BEAT, 0, id, this.#times.lease)) as string[] | null;
  }

  /**
   * Somebody has come or left.
   * @returns false when the lease has ended
   */
  async change(id: string, changes: readonly (Attendee & { readonly present: boolean })[]): Promise<boolean> {
    const values = changes.flatMap(({ place, viewer, present }) => [
      presenceKey(place),
      presenceChannel(place),
      place.value,
      viewer.subject,
      present ? presenceEntry(viewer) : '',
    ]);
    return (await this.#redis.eval(CHANGE, 0, id, this.#times.retention, ...values)) === 1;
  }

  /** Gives every lease up, and says where somebody was. */
  async leave(ids: readonly string[], places: readonly Place[]): Promise<void> {
    await this.#redis.eval(
      LEAVE,
      0,
      ids.join(' '),
      ...places.flatMap((place) => [presenceChannel(place), place.value]),
    );
  }
}
