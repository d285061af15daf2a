import type { Redis } from 'ioredis';
import { CALLER_ROLES, hasRole, type Caller } from './auth/caller.ts';

/**
 * Who is at what, in Redis, kept by the gateways and read by whoever has to tell.
 *
 * Each gateway holds a lease (`presence:gateways`: its id, until when, in milliseconds of Redis' clock) and an entry
 * for each person at each place (a hash for each place: `GATEWAY SUBJECT` to what is shown of the person). An entry
 * counts while the lease of its gateway runs, so that a heartbeat is one short command, however many people a gateway
 * has, and a gateway that is killed takes its people along.
 */
export const PRESENCE_GATEWAYS = 'presence:gateways';

/**
 * Before this instant of Redis' clock nothing is known: when the first gateway came back to a Redis that knew of none,
 * such as one that has lost its data, the others have yet to tell.
 */
export const PRESENCE_KNOWN_FROM = 'presence:known-from';

/** Where somebody can be present: at one value of a live topic, seen by one tenant alone. */
export interface Place {
  readonly topic: string;
  readonly tenant: string;
  readonly value: string;
}

/** Somebody who is present: a person, however many screens they have. */
export interface Viewer {
  /** The token's `sub`. */
  readonly subject: string;
  /** As the token says; null when it doesn't. */
  readonly name: string | null;
  readonly roles: readonly string[];
  /** Since when, RFC 3339 in UTC. */
  readonly since: string;
}

/** Who is present, the longest first; null: it can't be told. */
export type Presence = readonly Viewer[] | null;

/** Viewers that are named; the rest are counted. */
export const MAX_VIEWERS = 100;

/** What clients are told: the fields of whatever type a schema gives to presence. */
export interface PresenceReport {
  readonly known: boolean;
  /** Null when it isn't known. */
  readonly count: number | null;
  /** The first `MAX_VIEWERS`; null when it isn't known. */
  readonly viewers: Presence;
}

export function presenceReport(presence: Presence): PresenceReport {
  if (presence === null) return { known: false, count: null, viewers: null };
  return { known: true, count: presence.length, viewers: presence.slice(0, MAX_VIEWERS) };
}

/** The hash of those at a place. */
export function presenceKey({ topic, tenant, value }: Place): string {
  return `presence:at:${topic}:${tenant}:${value}`;
}

/** The Redis channel on which it is said at which values of a topic somebody came or left. */
export function presenceChannel({ topic, tenant }: Pick<Place, 'topic' | 'tenant'>): string {
  return `presence:changed:${topic}:${tenant}`;
}

/** What an OpenID provider may put into `sub`. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_NAME_LENGTH = 100;

/** Whether a caller may be told who is present: people of a tenant who read; programs don't. */
export function seesPresence(caller: Caller): boolean {
  return caller.scopes.has('graph:read') && !hasRole(caller, 'integration');
}

/** What others are shown of a caller; null: nothing, such as of a program. */
export function viewerOf(caller: Caller): Omit<Viewer, 'since'> | null {
  const { subject, name } = caller;
  if (!seesPresence(caller) || subject.length > MAX_SUBJECT_LENGTH) return null;
  return {
    subject,
    name: name?.slice(0, MAX_NAME_LENGTH) ?? null,
    roles: CALLER_ROLES.filter((role) => caller.roles.has(role)),
  };
}

/** The entries of gateways whose lease runs; the others are dropped. False: nothing is known. */
const READ = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local from = redis.call('GET', '${PRESENCE_KNOWN_FROM}')
if not from or now < tonumber(from) then return false end
local live, some = {}, false
for _, id in ipairs(redis.call('ZRANGE', '${PRESENCE_GATEWAYS}', now, '+inf', 'BYSCORE')) do
  live[id] = true
  some = true
end
if not some then return false end
local places = {}
for _, key in ipairs(ARGV) do
  local entries, found = redis.call('HGETALL', key), {}
  for i = 1, #entries, 2 do
    local space = string.find(entries[i], ' ', 1, true)
    if space and live[string.sub(entries[i], 1, space - 1)] then
      found[#found + 1] = string.sub(entries[i], space + 1)
      found[#found + 1] = entries[i + 1]
    else
      redis.call('HDEL', key, entries[i])
    end
  end
  places[#places + 1] = found
end
return places`;

/** Places in one step: Redis does nothing else meanwhile. */
const STEP = 200;

/**
 * Who is at each of some places, in one round trip for every 200.
 * @returns one entry for each place, in the same order
 * @throws when Redis is away
 */
export async function readPresence(
  redis: Pick<Redis, 'eval'>,
  places: readonly Place[],
): Promise<readonly Presence[]> {
  const found: Presence[] = [];
  for (let start = 0; start < places.length; start += STEP) {
    const step = places.slice(start, start + STEP);
    const entries = (await redis.eval(READ, 0, ...step.map(presenceKey))) as string[][] | null;
    found.push(...(entries === null ? step.map(() => null) : entries.map(viewersOf)));
  }
  return found;
}

/** What an entry holds beside its subject. */
export function presenceEntry({ name, roles, since }: Omit<Viewer, 'subject'>): string {
  return JSON.stringify({ name, roles, since });
}

/** One for each person: of several entries, the oldest. */
function viewersOf(entries: readonly string[]): readonly Viewer[] {
  const viewers = new Map<string, Viewer>();
  for (let index = 0; index + 1 < entries.length; index += 2) {
    const subject = entries[index] as string;
    const viewer = { subject, ...(JSON.parse(entries[index + 1] as string) as Omit<Viewer, 'subject'>) };
    const known = viewers.get(subject);
    if (!known || viewer.since < known.since) viewers.set(subject, viewer);
  }
  return [...viewers.values()].sort((a, b) => order(a.since, b.since) || order(a.subject, b.subject));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
