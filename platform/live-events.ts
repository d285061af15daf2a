import { isRecord } from './is-record.ts';

/** One happening as a subgraph tells it. */
export interface LiveMessage {
  /** As named by `@live(topic:)` in the schema. */
  readonly topic: string;
  /** The tenant whose callers may see it. */
  readonly tenant: string;
  /** Values that the arguments of the root field are compared with, by argument name. */
  readonly match: Readonly<Record<string, string>>;
  /**
   * The value of the subscription's root field: plain values by schema field name; an object of an entity type may
   * hold only `__typename` and its key. A field `cursor` needn't be given: it is where the message stands in the log.
   */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A message with its place in the log of its topic and tenant. */
export interface LiveEnvelope extends LiveMessage {
  /** Where it stands in the log: by the id of a Redis stream entry and its place there. Opaque to clients. */
  readonly cursor: string;
}

/** How much of each topic and tenant is kept for those who come back. */
export interface LiveRetention {
  /** Messages; a few more may be kept, never fewer. */
  readonly length: number;
  /** Milliseconds after the last message. */
  readonly age: number;
}

export const LIVE_RETENTION: LiveRetention = { length: 10_000, age: 24 * 60 * 60 * 1000 };

/** The Redis channel of a topic for one tenant. */
export function liveChannel(topic: string, tenant: string): string {
  return `live:${topic}:${tenant}`;
}

/** The Redis stream that holds what was published on a channel. */
export function liveLogKey(channel: string): string {
  return `log:${channel}`;
}

/**
 * Reads what a channel delivers, all of it and in its order: the id of an entry of the log, then the bundle that it
 * holds. They are two messages because putting a long text together costs a script of Redis more than a second one;
 * they come one right after the other, also to who listens to several channels on one connection, because one script
 * sends both.
 */
export class LiveReader {
  #id: string | null = null;

  /** @returns the messages of a bundle, none when it is an id; null when it is neither, or a bundle without an id */
  read(text: string): LiveEnvelope[] | null {
    if (isLiveCursor(text)) {
      this.#id = text;
      return [];
    }
    const id = this.#id;
    this.#id = null;
    if (!text.startsWith('[')) return parseBundleWithId(text);
    return id === null ? null : liveEnvelopes(id, text);
  }
}

/** As an earlier version has published: the id, a space, the bundle. Null when it isn't that. */
function parseBundleWithId(text: string): LiveEnvelope[] | null {
  const space = text.indexOf(' ');
  const id = text.slice(0, Math.max(space, 0));
  return isLiveCursor(id) ? liveEnvelopes(id, text.slice(space + 1)) : null;
}

/** The messages of an entry of the log, with their cursors; null when it isn't a bundle. */
export function liveEnvelopes(id: string, text: string): LiveEnvelope[] | null {
  return (
    messagesIn(text)?.map(({ topic, tenant, match, data }, place) => {
      const cursor = cursorAt(id, place);
      return { topic, tenant, cursor, match, data: { cursor, ...data } };
    }) ?? null
  );
}

/** The messages of a bundle; null when it isn't one. */
export function messagesIn(text: string): LiveMessage[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  // An earlier version has published each message by itself.
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  if (messages.length === 0 || messages.length > PLACES) return null;
  return messages.every(isLiveMessage) ? messages : null;
}

function isLiveMessage(value: unknown): value is LiveMessage {
  if (!isRecord(value)) return false;
  const { topic, tenant, match, data } = value;
  if (typeof topic !== 'string' || typeof tenant !== 'string') return false;
  return (
    isRecord(match) && isRecord(data) && Object.values(match).every((entry) => typeof entry === 'string')
  );
}

/** Cursors that an entry of the log has: those of its messages are counted from its own sequence number. */
const PLACES = 1_000;

/** The cursor of a message, by the id of its entry and its place there. */
export function cursorAt(id: string, place: number): string {
  const [time, sequence] = partsOf(id);
  return `${time}-${sequence * PLACES + place}`;
}

/** The cursor after all messages of an entry. */
export function cursorAfter(id: string): string {
  return cursorAt(id, PLACES - 1);
}

/** The id of the entry that a cursor stands in. */
export function entryOfCursor(cursor: string): string {
  const [time, sequence] = partsOf(cursor);
  return `${time}-${Math.floor(sequence / PLACES)}`;
}

const CURSOR = /^(\d{1,15})-(\d{1,15})$/;

/** Whether a text has the form of a cursor. */
export function isLiveCursor(text: string): boolean {
  return CURSOR.test(text);
}

/** Orders cursors as their messages were published. */
export function compareCursors(a: string, b: string): number {
  const [aTime, aSequence] = partsOf(a);
  const [bTime, bSequence] = partsOf(b);
  return aTime - bTime || aSequence - bSequence;
}

function partsOf(cursor: string): readonly [number, number] {
  const [, time, sequence] = CURSOR.exec(cursor) ?? [];
  return [Number(time), Number(sequence)];
}
