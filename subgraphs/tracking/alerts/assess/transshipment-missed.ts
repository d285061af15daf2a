import { compareText } from '../../event-version.ts';
import { compareEventTime } from '../../milestone-times.ts';
import { canonicalPlace, isSamePlace } from '../../port-aliases.ts';
import { isMoveBySea } from '../../transshipments.ts';
import type { StoredEvent } from '../../ingestion/stored-event.ts';
import type { TransshipmentMissed } from '../condition.ts';
import type { Assessment, Finding } from '../finding.ts';
import { MAX_EVENTS } from '../finding.ts';
import { connectionText, saidAbout, splitAt } from '../history.ts';
import type { Observation } from '../history.ts';
import type { AlertRule } from '../rule.ts';
import type { Situation } from '../situation.ts';
import { staysOf } from '../stays.ts';
import type { Stay } from '../stays.ts';
import { earlier, hoursLater, shown } from '../time.ts';

const SERIOUS = 2;

/** A vessel and voyage with which the cargo was to go on from a port. */
interface Missed {
  readonly planned: string;
  /** With which it goes on instead; null: not known. */
  readonly instead: Observation | null;
  readonly sailing: StoredEvent | null;
  readonly containers: readonly string[];
  readonly events: readonly string[];
}

/**
 * A connection is missed when the cargo is planned on another vessel or voyage from there, or when the planned vessel
 * has sailed, the container that was discharged there was not loaded, and the time in which its loading may still be
 * reported is over. Both are one cause. Going back to the earlier plan takes it back.
 */
export function assessTransshipmentMissed(
  rule: AlertRule & { condition: TransshipmentMissed },
  situation: Situation,
): Assessment {
  const findings: Finding[] = [];
  let nextAt: Date | null = null;
  const stays = staysOf(situation.events);
  for (const place of placesOf(situation)) {
    const inbound = inboundVessels(situation.events, place);
    const said = onwardFrom(place, situation.history, inbound);
    // Of events that said the same, history may have kept but the sailing.
    const named = onwardFrom(place, [...situation.history, ...situation.saidNow], inbound);
    const left = leftBehind(rule, situation, place, named, stays);
    nextAt = earlier(nextAt, left.nextAt);
    const missed = new Map(changedConnections(rule, said).map((each) => [each.planned, each]));
    for (const each of left.missed) {
      const changed = missed.get(each.planned);
      missed.set(each.planned, { ...each, instead: changed?.instead ?? null });
    }
    findings.push(...[...missed.values()].map((each) => findingOf(place, each)));
  }
  return { findings, nextAt };
}

/** What was said about the connections from a place, in the order in which it was said. */
function onwardFrom(
  place: string,
  observations: readonly Observation[],
  inbound: ReadonlySet<string>,
): Observation[] {
  return [
    ...saidAbout(observations, `onward:${place}:LOAD`),
    ...saidAbout(observations, `onward:${place}:DEPA`).filter(
      // The vessel that brought the cargo leaves, too.
      ({ value }) => !inbound.has(value.split('|')[0] as string),
    ),
  ].sort(compareSaid);
}

/** The ids of rows are drawn when events arrive: they decide nothing but which of two that say the same is named. */
function compareSaid(a: Observation, b: Observation): number {
  return a.revision - b.revision || compareText(a.value, b.value) || compareText(a.eventId, b.eventId);
}

/** Ports between loading and discharge from which something was to go on. */
function placesOf({ shipment, history }: Situation): string[] {
  const places = history.flatMap(({ about }) => /^onward:(.*):/.exec(about)?.[1] ?? []);
  return [...new Set(places)].filter(
    (place) => !isSamePlace(place, shipment.origin) && !isSamePlace(place, shipment.destination),
  );
}

function inboundVessels(events: readonly StoredEvent[], place: string): ReadonlySet<string> {
  return new Set(
    events
      .filter(
        (event) =>
          isMoveBySea(event) &&
          ['ARRI', 'DISC'].includes(event.facts.eventTypeCode) &&
          isSamePlace(event.facts.unLocationCode, place),
      )
      .flatMap(({ facts }) => facts.transportCall?.vesselImo ?? []),
  );
}

/** Connections that were planned and aren't any more. */
function changedConnections({ watchingSince }: AlertRule, said: readonly Observation[]): Missed[] {
  const { standing, later } = splitAt(said, watchingSince);
  let plans: Observation[] = standing === null ? [] : [standing];
  for (const each of later) {
    const before = plans.findIndex(({ value }) => isSameConnection(value, each.value));
    plans = before < 0 ? [...plans, each] : plans.slice(0, before + 1);
  }
  const last = plans.at(-1) ?? null;
  return plans.slice(0, -1).map(({ value, eventId }) => ({
    planned: value,
    instead: last,
    sailing: null,
    containers: [],
    events: [eventId, ...(last === null ? [] : [last.eventId])],
  }));
}

/** What one of the two doesn't say doesn't make them differ. */
function isSameConnection(one: string, other: string): boolean {
  const [vessel, voyage] = one.split('|');
  const [otherVessel, otherVoyage] = other.split('|');
  const agree = (a = '', b = '') => a === '' || b === '' || a === b;
  return agree(vessel, otherVessel) && agree(voyage, otherVoyage);
}

/**
 * Connections that sailed without containers that were there. Where a vessel is said to have sailed more than once, the
 * first time that it left some behind counts: what falls due later doesn't change what was told.
 */
function leftBehind(
  { condition, watchingSince }: AlertRule & { condition: TransshipmentMissed },
  { events, now }: Situation,
  place: string,
  named: readonly Observation[],
  stays: readonly Stay[],
): { readonly missed: Missed[]; readonly nextAt: Date | null } {
  const missed = new Map<string, Missed>();
  let nextAt: Date | null = null;
  for (const sailing of sailingsFrom(place, events)) {
    const { facts, receivedAt } = sailing;
    const call = facts.transportCall;
    const value = connectionText(call?.vesselImo ?? null, call?.exportVoyageNumber ?? null);
    if (value === null) continue;
    // Named by something else than its sailing.
    const planned = named.find((each) => each.eventId !== sailing.id && isSameConnection(each.value, value));
    if (planned === undefined || missed.has(planned.value)) continue;
    const sailedAt = facts.eventDateTime;
    const behind = stays.filter(
      (stay) =>
        stay.place === place && stay.begin.at <= sailedAt && (stay.end === null || stay.end.at > sailedAt),
    );
    if (behind.length === 0) continue;
    const judgedAt = hoursLater(sailedAt, condition.graceHours);
    if (judgedAt > now) nextAt = earlier(nextAt, judgedAt);
    else if (judgedAt >= watchingSince || receivedAt >= watchingSince) {
      const containers = behind.map(({ container }) => container).sort();
      const evidence = [sailing.id, planned.eventId, ...behind.map(({ begin }) => begin.event.id)];
      missed.set(planned.value, {
        planned: planned.value,
        instead: null,
        sailing,
        containers,
        events: evidence,
      });
    }
  }
  return { missed: [...missed.values()], nextAt };
}

/** Actual departures of vessels, the earliest first. */
function sailingsFrom(place: string, events: readonly StoredEvent[]): StoredEvent[] {
  return events
    .filter(
      (event) =>
        event.facts.eventClassifierCode === 'ACT' &&
        event.facts.eventTypeCode === 'DEPA' &&
        isMoveBySea(event) &&
        canonicalPlace(event.facts.unLocationCode ?? '') === place,
    )
    .sort(compareEventTime);
}

function findingOf(place: string, { planned, instead, sailing, containers, events }: Missed): Finding {
  const [vessel = '', voyage = ''] = planned.split('|');
  const [newVessel = '', newVoyage = ''] = instead?.value.split('|') ?? [];
  const sailedAt = sailing?.facts.eventDateTime ?? null;
  const goesOn = instead === null ? '' : `; it goes on with ${vesselText(newVessel, newVoyage)}`;
  const what =
    sailedAt === null
      ? `The cargo is no longer to go on from ${place} with ${vesselText(vessel, voyage)}`
      : `${vesselText(vessel, voyage, true)} sailed from ${place} on ${shown(sailedAt)} without ${containers.join(', ')}`;
  return {
    status: 'HOLDS',
    cause: `transshipment:${place}:${planned}`,
    severity: SERIOUS,
    fingerprint: `${sailedAt === null ? 'changed' : 'left behind'} ${instead?.value ?? ''}`,
    occurredAt: sailedAt ?? new Date(instead?.revision ?? 0),
    reason: {
      kind: 'TRANSSHIPMENT_MISSED',
      unLocationCode: place,
      plannedVesselIMONumber: vessel || null,
      plannedVoyageNumber: voyage || null,
      sailedAt: sailedAt?.toISOString() ?? null,
      vesselIMONumber: newVessel || null,
      voyageNumber: newVoyage || null,
      containers,
    },
    summary: `${what}${goesOn}.`,
    eventIds: [...new Set(events)].slice(0, MAX_EVENTS),
  };
}

function vesselText(imo: string, voyage: string, begins = false): string {
  const the = begins ? 'The' : 'the';
  if (imo === '') return `${the} vessel of voyage ${voyage}`;
  return `${the} vessel IMO ${imo}${voyage === '' ? '' : `, voyage ${voyage}`}`;
}
