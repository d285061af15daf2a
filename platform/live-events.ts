import type { Redis } from 'ioredis';

/**
 * One happening on its way from a subgraph to the gateways. `data` is the value of the subscription's root field:
 * plain values by schema field name; an object of an entity type may hold only `__typename` and its key.
 */
export interface LiveEnvelope {
  /** As named by `@live(topic:)` in the schema. */
  readonly topic: string;
  /** The tenant whose callers may see it. */
  readonly tenant: string;
  /** Where it stands in the stream; opaque. */
  readonly cursor: string;
  /** Values that the arguments of the root field are compared with, by argument name. */
  readonly match: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The Redis channel of a topic for one tenant. */
export function liveChannel(topic: string, tenant: string): string {
  return `live:${topic}:${tenant}`;
}

/**
 * Sends envelopes to every gateway that has subscribers for them, in order, in one round trip.
 * @throws when Redis is away; the change itself is stored already
 */
export async function publishLive(redis: Redis, envelopes: readonly LiveEnvelope[]): Promise<void> {
  if (envelopes.length === 0) return;
  const pipeline = redis.pipeline();
  for (const envelope of envelopes) {
    pipeline.publish(liveChannel(envelope.topic, envelope.tenant), JSON.stringify(envelope));
  }
  const results = await pipeline.exec();
  const failure = results?.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
}

/** Reads what a channel delivered; null when it isn't an envelope. */
export function parseLiveEnvelope(text: string): LiveEnvelope | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { topic, tenant, cursor, match, data } = value;
  if (typeof topic !== 'string' || typeof tenant !== 'string' || typeof cursor !== 'string') return null;
  if (!isRecord(match) || !isRecord(data)) return null;
  if (!Object.values(match).every((entry) => typeof entry === 'string')) return null;
  return { topic, tenant, cursor, match: match as Record<string, string>, data };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
