import type { FetchHandler, Platform } from '#platform/service.ts';
import { openDoor } from '../ingestion/door.ts';
import { reportingPositions } from '../policy/people.ts';
import type { PositionAcceptance } from './accept-reports.ts';

/** Where positions of vessels are posted. */
export const POSITIONS_PATH = '/ingest/positions/v1/reports';

/** The door for position reports: takes an array and answers each by itself. docs/positions.md tells its callers the rest. */
export function createPositionsDoor(platform: Platform, accept: PositionAcceptance): FetchHandler {
  return openDoor(platform, {
    path: POSITIONS_PATH,
    things: 'positions',
    policy: reportingPositions,
    accept: (_, posted) => accept(posted),
  });
}
