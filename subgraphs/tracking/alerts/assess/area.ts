import { compareEventTime } from '../../milestone-times.ts';
import { canonicalPlace } from '../../port-aliases.ts';
import type { StoredEvent } from '../../ingestion/stored-event.ts';
import { isMoveBySea } from '../../transshipments.ts';
import type { AreaCrossing } from '../condition.ts';
import type { Assessment, Finding, Holding } from '../finding.ts';
import { MAX_EVENTS } from '../finding.ts';
import type { Crossing } from '../geofence.ts';
import { groupBy } from '../group-by.ts';
import type { AlertRule } from '../rule.ts';
import type { Situation } from '../situation.ts';
import { shown } from '../time.ts';

const INFO = 0;

/** Causes of findings that rest on positions, which aren't kept: what isn't found again isn't withdrawn. */
const OF_POSITIONS = 'crossing:';

export function restsOnPositions(cause: string): boolean {
  return cause.startsWith(OF_POSITIONS);
}

/** Where a rule names ports, the vessel's actual arrivals and departures there. One cause a call and direction. */
export function assessArea(
  { condition, watchingSince }: AlertRule & { condition: AreaCrossing },
  { events }: Situation,
): Assessment {
  if (condition.area.type !== 'PORTS') return { findings: [], nextAt: null };
  const ports = new Set(condition.area.ports.map(canonicalPlace));
  const moves = events.filter(
    (event) =>
      event.facts.eventType === 'TRANSPORT' &&
      event.facts.eventClassifierCode === 'ACT' &&
      isMoveBySea(event) &&
      ports.has(canonicalPlace(event.facts.unLocationCode ?? '')) &&
      isWanted(condition, directionOf(event)) &&
      event.receivedAt >= watchingSince,
  );
  const causes = groupBy(moves, causeOf);
  return { findings: [...causes].map(([cause, group]) => findingOf(cause, group)), nextAt: null };
}

export function isWanted({ direction }: AreaCrossing, crossed: Crossing['direction']): boolean {
  return direction === 'BOTH' || direction === crossed;
}

/** What a crossing that positions show makes of a rule; its cause lasts for as long as crossings follow closely. */
export function crossingFound(crossing: Crossing): Holding {
  const { direction, at, latitude, longitude } = crossing;
  const place = `${latitude.toFixed(3)}, ${longitude.toFixed(3)}`;
  return {
    status: 'HOLDS',
    cause: `${OF_POSITIONS}${direction}`,
    severity: INFO,
    fingerprint: at.toISOString(),
    occurredAt: at,
    reason: { kind: 'AREA', direction, unLocationCode: null, latitude, longitude, at: at.toISOString() },
    summary: `The vessel ${direction === 'ENTERS' ? 'entered' : 'left'} the area at ${place} about ${shown(at)}.`,
    eventIds: [],
  };
}

function directionOf({ facts }: StoredEvent): Crossing['direction'] {
  return facts.eventTypeCode === 'ARRI' ? 'ENTERS' : 'LEAVES';
}

function causeOf(event: StoredEvent): string {
  const { unLocationCode, transportCall } = event.facts;
  const place = canonicalPlace(unLocationCode ?? '');
  return `port:${directionOf(event)}:${place}:${transportCall?.reference ?? ''}`;
}

function findingOf(cause: string, group: readonly StoredEvent[]): Finding {
  const event = [...group].sort(compareEventTime).at(-1) as StoredEvent;
  const { eventDateTime: at, unLocationCode, coordinates } = event.facts;
  const direction = directionOf(event);
  return {
    status: 'HOLDS',
    cause,
    severity: INFO,
    fingerprint: '',
    occurredAt: at,
    reason: {
      kind: 'AREA',
      direction,
      unLocationCode,
      latitude: coordinates?.latitude ?? null,
      longitude: coordinates?.longitude ?? null,
      at: at.toISOString(),
    },
    summary: `The vessel ${direction === 'ENTERS' ? 'arrived at' : 'departed from'} ${unLocationCode ?? ''} on ${shown(at)}.`,
    eventIds: group.map(({ id }) => id).slice(0, MAX_EVENTS),
  };
}
