import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';

/** Events of one post. */
export const POST_SIZE = 500;
const PORTS = ['CNSHA', 'SGSIN', 'NLRTM'];
/** One in so many events corrects one of the post before. */
const CORRECTED = 25;
const DAY = 24 * 60 * 60 * 1_000;
/** When the first event happens: midnight a month ago, so that they are spread over months that there are partitions for. */
const BEGIN = Math.floor(Date.now() / DAY) * DAY - 30 * DAY;
const RETRY_AFTER = 100;

/** Posts that were written beforehand, so that writing them doesn't count. */
export interface Load {
  /** The next one; undefined when they are used up. */
  next(): Buffer | undefined;
  /** Events in those that were handed out, corrections not counted: the rows that they make. */
  readonly rows: number;
}

/**
 * Events for shipments in turn: three estimates for each actual, arrivals and departures at three ports; one in 25
 * corrects an earlier one by a new estimate.
 */
export function makeLoad(bookings: readonly string[], posts: number): Load {
  const bodies: { body: Buffer; rows: number }[] = [];
  let recent: Record<string, unknown>[] = [];
  let index = 0;
  for (let post = 0; post < posts; post++) {
    const fresh: Record<string, unknown>[] = [];
    const corrections: object[] = [];
    while (fresh.length + corrections.length < POST_SIZE) {
      const former = recent[fresh.length];
      if (former !== undefined && index % CORRECTED === 0) corrections.push(corrected(former, index));
      fresh.push(eventOf(bookings[index % bookings.length] ?? '', index));
      index++;
    }
    recent = fresh.filter((event) => event.eventClassifierCode === 'EST');
    const events = [...fresh, ...corrections].slice(0, POST_SIZE);
    bodies.push({ body: Buffer.from(JSON.stringify(events)), rows: Math.min(fresh.length, POST_SIZE) });
  }
  let place = 0;
  let rows = 0;
  return {
    next: () => {
      const next = bodies[place];
      if (next === undefined) return undefined;
      // What is used isn't needed any more.
      bodies[place++] = { body: Buffer.alloc(0), rows: 0 };
      rows += next.rows;
      return next.body;
    },
    get rows() {
      return rows;
    },
  };
}

function eventOf(booking: string, index: number): Record<string, unknown> {
  const place = PORTS[index % PORTS.length] ?? 'CNSHA';
  return {
    eventID: randomUUID(),
    eventType: 'TRANSPORT',
    eventClassifierCode: index % 4 === 0 ? 'ACT' : 'EST',
    eventCreatedDateTime: new Date(BEGIN + index * 100).toISOString(),
    eventDateTime: new Date(BEGIN + (index % 100_000) * 60_000).toISOString(),
    transportEventTypeCode: index % 2 === 0 ? 'ARRI' : 'DEPA',
    transportCall: {
      transportCallID: `${place}-9321483`,
      modeOfTransport: 'VESSEL',
      UNLocationCode: place,
      facilityTypeCode: 'POTE',
      vessel: { vesselIMONumber: '9321483' },
    },
    documentReferences: [{ documentReferenceType: 'BKG', documentReferenceValue: booking }],
  };
}

function corrected(event: Record<string, unknown>, index: number): object {
  return {
    ...event,
    eventDateTime: new Date(BEGIN + DAY + (index % 100_000) * 60_000).toISOString(),
    eventUpdatedDateTime: new Date(BEGIN + DAY / 2 + index * 100).toISOString(),
  };
}

/** Posts bodies to the door, again as often as it says to come later. */
export interface Poster {
  /** @throws on any answer that doesn't mean that the events were taken in or may be later */
  post(body: Buffer): Promise<void>;
  /** Answers that said to come later. */
  readonly later: number;
}

export function createPoster(origin: string, token: string): Poster {
  const agent = new Agent({ connections: 16 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const path = '/ingest/dcsa/v2/events';
  let later = 0;
  const post = async (body: Buffer): Promise<void> => {
    for (;;) {
      const answer = await agent.request({ origin, path, method: 'POST', headers, body });
      if (answer.statusCode === 202) {
        await answer.body.dump();
        return;
      }
      const text = await answer.body.text();
      if (answer.statusCode !== 429 && answer.statusCode !== 503)
        throw new Error(`${answer.statusCode} ${text}`);
      later++;
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
    }
  };
  return {
    post,
    get later() {
      return later;
    },
  };
}
