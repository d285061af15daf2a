import type { GraphQLFormattedError } from 'graphql';
import type { Update } from './live/update.ts';

/** How a stream of updates is written over HTTP. */
export interface StreamFormat {
  readonly contentType: string;
  /** Sent at once, so that the headers are. */
  readonly begin: Uint8Array;
  readonly heartbeat: Uint8Array;
  readonly update: (update: Update) => Uint8Array;
  /** The end of a stream. @param errors why; null: it ends as it should */
  readonly end: (errors: readonly GraphQLFormattedError[] | null) => Uint8Array;
}

const bytes = (text: string): Buffer => Buffer.from(text);

/** The distinct connections mode of GraphQL over SSE. Each event has the cursor of its update as its id. */
const EVENTS: StreamFormat = {
  contentType: 'text/event-stream',
  begin: bytes(':\n\n'),
  heartbeat: bytes(':\n\n'),
  update: ({ event }) => event,
  end: (errors) => {
    const last = errors ? `event: next\ndata: ${JSON.stringify({ errors })}\n\n` : '';
    return bytes(`${last}event: complete\ndata:\n\n`);
  },
};

const PART = '\r\ncontent-type: application/json\r\n\r\n';
/** Every part is closed at once by the delimiter of the next: until it comes, readers don't know that a part is whole. */
const DELIMITER = '\r\n--graphql';

/** Multipart subscriptions as Apollo's clients and Router speak them. */
const MULTIPART: StreamFormat = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  begin: bytes(`${DELIMITER}${PART}{}${DELIMITER}`),
  heartbeat: bytes(`${PART}{}${DELIMITER}`),
  update: ({ part }) => part,
  end: (errors) => {
    const last = errors ? `${PART}${JSON.stringify({ payload: null, errors })}${DELIMITER}` : '';
    return bytes(`${last}--\r\n`);
  },
};

const MULTIPART_TYPE = /^multipart\/mixed\b.*;\s*subscriptionspec="?1\.0"?/i;
const EVENTS_TYPE = /^(?:text\/(?:event-stream|\*)|\*\/\*)(?:\s*;|$)/i;

/**
 * The first of the accepted media types in which a subscription can be answered.
 * @param accept the header; null: anything is
 */
export function streamFormat(accept: string | null): StreamFormat | null {
  for (const type of (accept ?? '*/*').split(',')) {
    if (EVENTS_TYPE.test(type.trim())) return EVENTS;
    if (MULTIPART_TYPE.test(type.trim())) return MULTIPART;
  }
  return null;
}
