import type { Redis } from 'ioredis';
import { LIVE_RETENTION, liveChannel } from '#platform/live-events.ts';
import { bundleTexts, publishBundles } from '#platform/live-publish.ts';
import { liveTextOf, SHIPMENT_TOPIC } from '../live-updates.ts';
import { groupBy } from './group-by.ts';
import type { ShipmentMove } from './shipment-moves.ts';
import type { MoveListener } from './watch-vessels.ts';

/** Tenants that somebody has watched, by when. */
const WATCHED = 'position:watched';
/**
 * Updates of this kind that a tenant gets in a window. The live log keeps a number of updates: it must go on reaching
 * back far enough for those who come back, and what happened matters more there than where ships were.
 */
const MOST_IN_WINDOW = 100;
const WINDOW_SECONDS = 10;

/**
 * How many updates each tenant may get now: none when nobody has watched for as long as the live log is kept, since
 * nobody can come back for them; else what is left of its share.
 */
const GRANT = `
local now, age, most, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local granted = {}
for i = 5, #ARGV, 3 do
  local tenant, listeners, wanted = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if listeners > 0 then redis.call('ZADD', KEYS[1], now, tenant) end
  local watched = redis.call('ZSCORE', KEYS[1], tenant)
  local grant = 0
  if watched and now - tonumber(watched) <= age then
    local key = 'position:told:' .. tenant .. ':' .. math.floor(now / 1000 / window)
    grant = math.max(0, math.min(wanted, most - tonumber(redis.call('GET', key) or 0)))
    redis.call('INCRBY', key, grant)
    redis.call('EXPIRE', key, 2 * window)
  end
  granted[#granted + 1] = grant
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - age)
return granted`;

/** Tells the subscribers of shipments that their vessel has moved: an update without an event. */
export function createMoveTeller(redis: Pick<Redis, 'eval' | 'pubsub'>): MoveListener {
  return async (moves) => {
    const byTenant = groupBy(moves, ({ tenantId }) => tenantId);
    const tenants = [...byTenant.keys()];
    const channels = tenants.map((tenant) => liveChannel(SHIPMENT_TOPIC, tenant));
    // Name and number in turns.
    const listening = (await redis.pubsub('NUMSUB', ...channels)) as (string | number)[];
    const wishes = tenants.flatMap((tenant, at) => [
      tenant,
      listening[2 * at + 1] ?? 0,
      byTenant.get(tenant)?.length ?? 0,
    ]);
    const limits = [Date.now(), LIVE_RETENTION.age, MOST_IN_WINDOW, WINDOW_SECONDS];
    const granted = (await redis.eval(GRANT, 1, WATCHED, ...limits, ...wishes)) as number[];
    const told = tenants.flatMap((tenant, at) => someOf(byTenant.get(tenant) ?? [], granted[at] ?? 0));
    const texts = told.map(({ shipmentId, tenantId }) => liveTextOf({ shipmentId, tenantId, event: null }));
    await publishBundles(redis, bundleTexts(texts), null);
  };
}

/** Any so many of them, each as likely as the others. */
function someOf(moves: readonly ShipmentMove[], most: number): readonly ShipmentMove[] {
  if (moves.length <= most) return moves;
  return moves
    .map((move) => ({ move, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, most)
    .map(({ move }) => move);
}
