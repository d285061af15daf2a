import { isRecord } from '#platform/is-record.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import type { Reporter } from './reporter.ts';

/**
 * An accepted event on its way to the shipments, as JSON with its fields in this order. An entry of the stream holds one
 * or several in three fields: `k`, their names while they are under way, `b`, what all of them begin with, up to the
 * eventID, and `m`, the rest of each. One that was put back is whole, in `k` and `m`.
 */
export interface EventMessage {
  readonly reporter: Reporter;
  /** RFC 3339. */
  readonly acceptedAt: string;
  readonly eventID: string;
  readonly payload: DcsaEvent;
}

/** What messages begin with. */
export function beginningOf(reporter: Reporter, acceptedAt: Date): string {
  return `{"reporter":${JSON.stringify(reporter)},"acceptedAt":"${acceptedAt.toISOString()}",`;
}

/** The reporter in what messages begin with. */
export function reporterIn(beginning: string): Reporter {
  return (JSON.parse(`${beginning.slice(0, -1)}}`) as Pick<EventMessage, 'reporter'>).reporter;
}

const EVENT_ID = '"eventID":"';
const PAYLOAD = '","payload":';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_LENGTH = 36;

/** What is a message's own. */
export function messageText(eventID: string, payloadText: string): string {
  return `${EVENT_ID}${eventID}${PAYLOAD}${payloadText}}`;
}

/** The eventID and the payload, as JSON, in what is a message's own; null when it isn't that. */
export function readMessage(text: string): { eventID: string; payloadText: string } | null {
  const idEnd = EVENT_ID.length + UUID_LENGTH;
  if (!text.startsWith(EVENT_ID) || !text.startsWith(PAYLOAD, idEnd)) return null;
  const eventID = text.slice(EVENT_ID.length, idEnd);
  return UUID.test(eventID) ? { eventID, payloadText: text.slice(idEnd + PAYLOAD.length, -1) } : null;
}

/** Reads a whole message; null when it is JSON, but isn't one. @throws when it isn't JSON */
export function readWholeMessage(text: string): Omit<EventMessage, 'acceptedAt'> | null {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) return null;
  const { reporter, eventID, payload } = value;
  if (!isRecord(reporter) || typeof reporter.producerId !== 'string') return null;
  if (typeof eventID !== 'string' || !UUID.test(eventID) || !isRecord(payload)) return null;
  return value as unknown as EventMessage;
}

/** What keeps the names of an entry apart. */
export const BETWEEN_NAMES = ' ';
/** What keeps its messages apart: text that `JSON.stringify` has written has no line breaks. */
export const BETWEEN_MESSAGES = '\n';

/** The messages of an entry: each is what all begin with and what is its own. */
export interface EntryContent {
  readonly beginning: string;
  readonly messages: readonly string[];
}

/**
 * Reads the fields of an entry. What nobody of ours has written is one message, whatever it looks like, and may have no
 * such fields. A message that was put back by itself, or written by an earlier version, has no beginning in common with
 * others; an older one has written two fields for each.
 */
export function contentOfEntry(fields: readonly string[]): EntryContent {
  const of = (name: string): string[] => {
    const found: string[] = [];
    for (let place = 0; place < fields.length; place += 2) {
      if (fields[place] === name) found.push(fields[place + 1] ?? '');
    }
    return found;
  };
  const texts = of('m');
  const [beginning = ''] = of('b');
  if (texts.length > 1) return { beginning, messages: texts };
  const [text = ''] = texts;
  const messages = text.split(BETWEEN_MESSAGES);
  const isOurs = messages.length === of('k')[0]?.split(BETWEEN_NAMES).length;
  return { beginning, messages: isOurs ? messages : [text] };
}

/** As `contentOfEntry`, for scripts: the function `messages` from fields to pairs of a name and a whole message. */
export const MESSAGES_OF_ENTRY = `
local function split(text, between)
  local parts, from = {}, 1
  while true do
    local at = string.find(text, between, from, true)
    parts[#parts + 1] = string.sub(text, from, (at or 0) - 1)
    if not at then return parts end
    from = at + 1
  end
end
local function messages(fields)
  local found = {k = {}, b = {}, m = {}}
  for i = 1, #fields, 2 do
    local values = found[fields[i]]
    if values then values[#values + 1] = fields[i + 1] or '' end
  end
  if #found.m == 0 then return {{'', table.concat(fields, ' ')}} end
  local names, texts = found.k, found.m
  if #texts == 1 and names[1] then
    local ownNames = split(names[1], '${BETWEEN_NAMES}')
    local ownTexts = split(texts[1], ${JSON.stringify(BETWEEN_MESSAGES)})
    if #ownNames == #ownTexts then names, texts = ownNames, ownTexts end
  end
  local pairs = {}
  for i = 1, #texts do pairs[i] = {names[i] or '', (found.b[1] or '') .. texts[i]} end
  return pairs
end`;
