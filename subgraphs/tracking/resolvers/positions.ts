import { GraphQLScalarType } from 'graphql';
import { ApiError, badUserInput, fault } from '#platform/errors.ts';
import type { TrackingContext } from '../context.ts';
import type { Resolvers } from '../generated/schema.ts';
import { MAX_DEPTH, MAX_EVENTS, RefusedRequest, isDeeperThan } from '../ingestion/read-body.ts';
import type { PositionsReport } from '../positions/accept-reports.ts';
import { navigationalStatusOf } from '../positions/navigational-status.ts';
import { DcsaEvent, OUTCOMES } from './events.ts';
import { vesselOf } from './references.ts';

/** A report as the client wrote it; validated when it is reported. */
export const PositionReport = new GraphQLScalarType<unknown, unknown>({
  ...DcsaEvent.toConfig(),
  name: 'PositionReport',
  description: 'Where a vessel was, as a JSON object.',
});

/** Reports positions, with the same answers as the ingestion door's. */
export async function reportPositions(
  _: unknown,
  { reports }: { readonly reports: readonly unknown[] },
  { acceptPositions }: TrackingContext,
): Promise<PositionsReport> {
  if (reports.length > MAX_EVENTS) {
    throw badUserInput(fault('reports', reports.length, `expected at most ${MAX_EVENTS} reports`));
  }
  if (isDeeperThan(MAX_DEPTH, reports)) {
    throw new ApiError(
      'BAD_USER_INPUT',
      `The reports are nested too deeply: expected at most ${MAX_DEPTH} levels.`,
    );
  }
  try {
    return await acceptPositions(reports);
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    throw new ApiError(
      'RATE_LIMITED',
      'Too many positions are being taken in; nothing was taken, report them later.',
    );
  }
}

export const PositionReportResult = {
  outcome: ({ outcome }) => OUTCOMES[outcome],
} satisfies Resolvers['PositionReportResult'];

export const Position = {
  navigationalStatus: ({ navigationalStatus }) => navigationalStatusOf(navigationalStatus),
  vessel: ({ vesselImo }) => vesselOf(vesselImo),
} satisfies Resolvers['Position'];
