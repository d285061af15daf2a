import type { StoredEvent } from '../ingestion/stored-event.ts';
import { compareRecency } from '../milestone-times.ts';
import { canonicalPlace } from '../port-aliases.ts';
import { isMoveBySea } from '../transshipments.ts';
import { groupBy } from './group-by.ts';

/** A laden container's stay at a port, as actual events tell. */
export interface Stay {
  readonly container: string;
  /** The place, by its canonical UN/LOCODE. */
  readonly place: string;
  /** Which of the container's stays at this place, from 1. */
  readonly ordinal: number;
  readonly begin: Move;
  /** Null: it is still there, as far as is known. */
  readonly end: Move | null;
}

interface Move {
  readonly event: StoredEvent;
  readonly at: Date;
}

/**
 * The stays of containers at ports: from DISC or GTIN until LOAD or GTOT there. Where neither was reported, a stay ends
 * with the container's next actual move elsewhere.
 * @param events those that count, in any order
 */
export function staysOf(events: readonly StoredEvent[]): Stay[] {
  const moves = events.filter(isMove).sort(compareMoves);
  const ofContainer = groupBy(moves, ({ facts }) => facts.equipmentReference ?? '');
  return [...ofContainer].flatMap(([container, own]) => staysOfContainer(container, own));
}

function staysOfContainer(container: string, moves: readonly StoredEvent[]): Stay[] {
  const stays: Stay[] = [];
  for (const event of moves) {
    const place = canonicalPlace(event.facts.unLocationCode ?? '');
    const move = { event, at: event.facts.eventDateTime };
    const last = stays.at(-1);
    const open = last?.end === null ? last : null;
    const close = (stay: Stay) => stays.splice(-1, 1, { ...stay, end: move });
    if (isBegin(event)) {
      if (open?.place === place) continue;
      if (open) close(open);
      const ordinal = 1 + stays.filter((stay) => stay.place === place).length;
      stays.push({ container, place, ordinal, begin: move, end: null });
    } else if (open) close(open);
  }
  return stays;
}

function isMove(event: StoredEvent): boolean {
  const { facts } = event;
  const atPort = facts.facilityTypeCode === null || ['POTE', 'COYA'].includes(facts.facilityTypeCode);
  return (
    facts.eventType === 'EQUIPMENT' &&
    facts.eventClassifierCode === 'ACT' &&
    facts.emptyIndicatorCode !== 'EMPTY' &&
    facts.equipmentReference !== null &&
    facts.unLocationCode !== null &&
    (['GTIN', 'GTOT'].includes(facts.eventTypeCode) ? atPort : isMoveBySea(event))
  );
}

function isBegin({ facts }: StoredEvent): boolean {
  return facts.eventTypeCode === 'DISC' || facts.eventTypeCode === 'GTIN';
}

function compareMoves(a: StoredEvent, b: StoredEvent): number {
  return (
    a.facts.eventDateTime.getTime() - b.facts.eventDateTime.getTime() ||
    Number(isBegin(b)) - Number(isBegin(a)) ||
    compareRecency(a, b)
  );
}
