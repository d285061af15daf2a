import type { Caller } from '#platform/auth/caller.ts';
import type { Database } from '#platform/database/database.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { FieldFault } from '../dcsa/fault.ts';
import { validateEvent } from '../dcsa/validate.ts';
import type { EventStream } from './event-stream.ts';
import { foreseeEvents } from './foresee-events.ts';
import type { PostedEvent } from './posted-event.ts';
import { reporterOf } from './reporter.ts';
import { createTurnstile } from './turnstile.ts';

/** What became of one posted event. */
export interface EventResult {
  /** Its place in the posted array, from 0. */
  readonly index: number;
  /** As given, or derived from the content; null when it is refused and gave none that is a text. */
  readonly eventID: string | null;
  readonly outcome: 'accepted' | 'duplicate' | 'refused';
  /** Ids of the shipments that it concerns, as far as they are known by now. */
  readonly shipments: readonly string[];
  readonly errors: readonly FieldFault[];
}

export interface AcceptanceParts {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly stream: EventStream;
}

/** Takes in the events of one caller. @throws as `acceptEvents`, or {RefusedRequest} when too many do so at once */
export type Acceptance = (caller: Caller, posted: readonly unknown[]) => Promise<EventReport>;

/** One entry for each posted event, and how many of them there are of each kind. */
export interface EventReport {
  readonly accepted: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly results: readonly EventResult[];
}

/** A few at a time, whichever way they come in. */
export function createAcceptance(parts: AcceptanceParts): Acceptance {
  const turnstile = createTurnstile();
  return async (caller, posted) => {
    const results = await turnstile(() => acceptEvents(parts, caller, posted));
    const counts = { accepted: 0, duplicate: 0, refused: 0 };
    for (const { outcome } of results) counts[outcome]++;
    for (const outcome of ['accepted', 'duplicate', 'refused'] as const) {
      if (counts[outcome] > 0) parts.metrics.ingestedEvents.inc({ outcome }, counts[outcome]);
    }
    return { ...counts, results };
  };
}

/**
 * Takes posted events in: refuses each that breaks the contract, recognises those that are known, and puts the others
 * into the durable stream, from which the worker applies them. When it throws, posting the same again is safe.
 *
 * @param posted values from JSON, of a depth that the door has bounded.
 * @throws {StreamFull} when too much is under way; nothing was taken
 */
async function acceptEvents(
  { database, stream }: AcceptanceParts,
  caller: Caller,
  posted: readonly unknown[],
): Promise<EventResult[]> {
  const now = Date.now();
  const reporter = reporterOf(caller);
  const results: EventResult[] = [];
  const { producerId } = reporter;
  const valid: { index: number; event: PostedEvent }[] = [];
  for (const [index, event] of posted.entries()) {
    const validation = validateEvent(event, now);
    if (validation.ok) {
      const { event: payload, eventID, text: payloadText } = validation;
      valid.push({ index, event: { producerId, eventID, payload, payloadText } });
    } else {
      const { faults: errors } = validation;
      results.push({ index, eventID: givenID(event), outcome: 'refused', shipments: [], errors });
    }
  }

  const foreseen = await foreseeEvents(
    database,
    reporter,
    valid.map(({ event }) => event),
  );
  const news = valid.flatMap(({ index, event }, place) => {
    const { outcome, orderedBy } = foreseen[place] as (typeof foreseen)[number];
    return outcome === 'accepted' ? [{ index, event, orderedBy }] : [];
  });
  const taken = await stream.append(reporter, news);
  const isTaken = new Set(news.flatMap(({ index }, place) => (taken[place] ? [index] : [])));
  for (const [place, { index, event }] of valid.entries()) {
    const { shipments } = foreseen[place] as (typeof foreseen)[number];
    const outcome = isTaken.has(index) ? 'accepted' : 'duplicate';
    results.push({ index, eventID: event.eventID, outcome, shipments, errors: [] });
  }
  return results.sort((a, b) => a.index - b.index);
}

function givenID(event: unknown): string | null {
  if (typeof event !== 'object' || event === null) return null;
  const { eventID } = event as { eventID?: unknown };
  return typeof eventID === 'string' ? eventID.slice(0, 100) : null;
}
