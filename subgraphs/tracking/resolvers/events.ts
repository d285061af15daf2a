import { GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { ApiError, badUserInput, fault, quote } from '#platform/errors.ts';
import type { TrackingContext } from '../context.ts';
import type { Resolvers } from '../generated/schema.ts';
import type { EventReport } from '../ingestion/accept-events.ts';
import { StreamFull } from '../ingestion/event-stream.ts';
import { MAX_DEPTH, MAX_EVENTS, RefusedRequest, isDeeperThan } from '../ingestion/read-body.ts';

/** An event as the client wrote it; validated by the contract when it is reported. */
export const DcsaEvent = new GraphQLScalarType<unknown, unknown>({
  name: 'DcsaEvent',
  description: 'A DCSA Track & Trace 2.2 event as a JSON object.',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => {
    // Without its prototype it would be another kind of object to those who look.
    const value: unknown = JSON.parse(JSON.stringify(valueFromASTUntyped(node, variables) ?? null));
    return node.kind === Kind.ENUM ? null : value;
  },
  serialize: (value) => value,
});

/** Reports events, with the same answers as the ingestion door's. */
export async function reportEvents(
  _: unknown,
  { events }: { readonly events: readonly unknown[] },
  { caller, acceptance }: TrackingContext,
): Promise<EventReport> {
  if (events.length > MAX_EVENTS) {
    throw badUserInput(fault('events', events.length, `expected at most ${MAX_EVENTS} events`));
  }
  if (isDeeperThan(MAX_DEPTH, events)) {
    throw new ApiError(
      'BAD_USER_INPUT',
      `The events are nested too deeply: expected at most ${MAX_DEPTH} levels.`,
    );
  }
  try {
    return await acceptance(caller, events);
  } catch (error) {
    if (error instanceof StreamFull || error instanceof RefusedRequest) {
      throw new ApiError(
        'RATE_LIMITED',
        'Too many events are being taken in; nothing was taken, report them later.',
      );
    }
    throw error;
  }
}

/** The graph's names of what becomes of what is reported. */
export const OUTCOMES = { accepted: 'ACCEPTED', duplicate: 'DUPLICATE', refused: 'REFUSED' } as const;

export const EventReportResult = {
  outcome: ({ outcome }) => OUTCOMES[outcome],
} satisfies Resolvers['EventReportResult'];

export const EventFault = {
  value: ({ value }) => (value === null ? null : quote(value)),
} satisfies Resolvers['EventFault'];
