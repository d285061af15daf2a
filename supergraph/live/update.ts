import type { LiveEnvelope } from '#platform/live-events.ts';
import type { ShownReads } from './served-reads.ts';

/**
 * The answer to one event for a whole group of subscribers, as it goes over the wire. Its bytes are made once and
 * shared, also while they wait for a slow reader.
 */
export class Update {
  /** Where its event stands in the log; empty: it stands nowhere, and nobody can resume after it. */
  readonly cursor: string;
  /** What it is about: of two updates with the same entity the later one makes the earlier one superfluous. */
  readonly entity: string;
  /** The execution result as JSON text in UTF-8. */
  readonly json: Buffer;
  /** What of the sensitive it shows; null: nothing. */
  readonly shown: ShownReads | null;
  #binary: string | null = null;
  #event: Buffer | null = null;
  #part: Buffer | null = null;

  constructor(cursor: string, entity: string, json: Buffer, shown: ShownReads | null = null) {
    this.cursor = cursor;
    this.entity = entity;
    this.json = json;
    this.shown = shown;
  }

  /** The bytes as a text of one character each, which Node.js sends without a buffer for each socket. */
  get binary(): string {
    return (this.#binary ??= this.json.toString('latin1'));
  }

  /** As an event of an event stream. */
  get event(): Buffer {
    return (this.#event ??= Buffer.concat([
      Buffer.from(`${this.cursor === '' ? '' : `id: ${this.cursor}\n`}event: next\ndata: `),
      this.json,
      EVENT_END,
    ]));
  }

  /** As a part of a multipart answer, without the delimiter that goes before it. */
  get part(): Buffer {
    return (this.#part ??= Buffer.concat([PART_BEGIN, this.json, PART_END]));
  }
}

const EVENT_END = Buffer.from('\n\n');
const PART_BEGIN = Buffer.from('\r\ncontent-type: application/json\r\n\r\n{"payload":');
const PART_END = Buffer.from('}\r\n--graphql');

/**
 * What an event is about: the values that subscribers can ask for. An event without any is about nothing but itself.
 */
export function entityOf({ match, cursor }: LiveEnvelope): string {
  const entries = Object.entries(match);
  if (entries.length === 0) return cursor;
  const [[name, value] = []] = entries;
  // As most events are.
  if (entries.length === 1) return `${name} ${value}`;
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of each entity only the last event, where it stood. */
export function conflated(envelopes: readonly LiveEnvelope[]): LiveEnvelope[] {
  const last = new Map<string, LiveEnvelope>();
  for (const envelope of envelopes) {
    const entity = entityOf(envelope);
    last.delete(entity);
    last.set(entity, envelope);
  }
  return [...last.values()];
}
