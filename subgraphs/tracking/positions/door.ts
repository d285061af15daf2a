import type { FetchHandler, Platform } from '#platform/service.ts';
import { openDoor } from '../ingestion/door.ts';
import type { PositionAcceptance } from './accept-reports.ts';

/** Where positions of vessels are posted. */
export const POSITIONS_PATH = '/ingest/positions/v1/reports';

const SCOPE = 'positions:write';

/** The door for position reports: takes an array and answers each by itself. docs/positions.md tells its callers the rest. */
export function createPositionsDoor(platform: Platform, accept: PositionAcceptance): FetchHandler {
  return openDoor(platform, {
    things: 'positions',
    refusal: ({ scopes, organisation }) => {
      if (!scopes.has(SCOPE)) return `a token with the scope ${SCOPE} is required`;
      // A position is the same for all who have cargo aboard: no tenant may say where a vessel is.
      return organisation === 'PLATFORM' ? null : 'only programs of the platform may report positions';
    },
    accept: (_, posted) => accept(posted),
  });
}
