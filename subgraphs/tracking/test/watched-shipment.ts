import { expect } from 'vitest';
import type { DcsaEvent } from '../dcsa/event.ts';
import { compareVersions, knownEvent } from '../event-version.ts';
import type { StoredEvent } from '../ingestion/stored-event.ts';
import { DESTINATION, ORIGIN } from './event-builders.ts';
import type { Alert, ChangedAlert } from '../alerts/alert.ts';
import { assess } from '../alerts/assess.ts';
import type { AlertCondition } from '../alerts/condition.ts';
import type { Observation } from '../alerts/history.ts';
import { reconcile, wake } from '../alerts/reconcile.ts';
import type { AlertRule } from '../alerts/rule.ts';
import { situationOf } from '../alerts/situation.ts';
import type { WatchedShipment } from '../alerts/situation.ts';
import { hoursLater } from '../alerts/time.ts';

/** When the story begins. */
export const START = new Date('2026-05-01T00:00:00Z');
const TENANT = '0a000000-0000-4000-8000-00000000000a';
const PRODUCER = '0f000000-0000-4000-8000-00000000000f';

/** Hours since the start, RFC 3339. */
export const hour = (hours: number) => hoursLater(START, hours).toISOString();

export const shipment: WatchedShipment = {
  id: '11111111-1111-4111-8111-111111111111',
  tenantId: TENANT,
  carrierScac: 'HLCU',
  origin: ORIGIN,
  destination: DESTINATION,
  plannedDeparture: new Date(hour(48)),
  plannedArrival: new Date(hour(480)),
  containers: [],
  createdAt: START,
};

/** Rules that watch one shipment, as the evaluator lets them, without a database. */
export class Watched {
  readonly rule: AlertRule;
  readonly changes: ChangedAlert[] = [];
  readonly #rows = new Map<string, StoredEvent>();
  readonly #ids = new Map<string, string>();
  readonly #alerts = new Map<string, Alert>();
  #history: readonly Observation[] = [];
  #signalAt: Date | null = null;
  dueAt: Date | null = null;
  isWhole = true;

  constructor(condition: AlertCondition, since = START) {
    this.rule = {
      id: '22222222-2222-4222-8222-222222222222',
      tenantId: TENANT,
      condition,
      scope: { carriers: [], origins: [], destinations: [], shipmentIds: [] },
      version: 1,
      watchingSince: since,
    };
  }

  /** An event arrives, and the rule is evaluated. @param at hours since the start */
  hear(at: number, ...payloads: DcsaEvent[]): this {
    for (const payload of payloads) {
      const version = knownEvent({ producerId: PRODUCER, eventID: payload.eventID ?? '', payload });
      const known = this.#rows.get(version.eventID);
      if (known !== undefined && compareVersions(version, known) <= 0) continue;
      this.#rows.set(version.eventID, {
        ...version,
        id: this.rowOf(payload),
        tenantId: TENANT,
        shipmentId: shipment.id,
        isRetracted: version.facts.isRetracted,
        receivedAt: new Date(hour(at)),
      });
    }
    return this.at(at);
  }

  /** The id of an event's row says nothing of the event: here, only when it arrived. */
  rowOf({ eventID = '' }: DcsaEvent): string {
    const id = this.#ids.get(eventID) ?? `row ${String(this.#ids.size).padStart(3, '0')}`;
    this.#ids.set(eventID, id);
    return id;
  }

  /** Its events are too old to be looked at. */
  forget(): void {
    this.#rows.clear();
  }

  signal(at: number): this {
    this.#signalAt = new Date(hour(at));
    return this.at(at);
  }

  /** The time comes. */
  at(at: number): this {
    const now = new Date(hour(at));
    const events = [...this.#rows.values()];
    const { isWhole } = this;
    const situation = situationOf(
      { shipment, events, isWhole, history: this.#history, signalAt: this.#signalAt },
      now,
    );
    this.#history = JSON.parse(JSON.stringify(situation.history)) as Observation[];
    for (const alert of this.alerts) this.#enter(wake(alert, now));
    const { findings, nextAt } = assess(this.rule, situation);
    const occasion = { ...situation, shipmentId: shipment.id };
    for (const each of reconcile(this.rule, this.alerts, findings, occasion)) this.#enter(each);
    expect(reconcile(this.rule, this.alerts, findings, occasion)).toEqual([]);
    this.dueAt = nextAt;
    if (nextAt !== null) expect(nextAt.getTime()).toBeGreaterThan(now.getTime());
    return this;
  }

  change(changes: Partial<Alert>): void {
    for (const alert of this.alerts) this.#alerts.set(alert.cause, { ...alert, ...changes });
  }

  get alerts(): Alert[] {
    return [...this.#alerts.values()];
  }

  /** What subscribers were told, as `CHANGE cause#episode`. */
  get told(): string[] {
    return this.changes.flatMap(({ alert, change }) =>
      change === null ? [] : [`${change} ${alert.cause}#${alert.episode}`],
    );
  }

  get standing(): string[] {
    return this.alerts
      .filter(({ state }) => state === 'OPEN')
      .map(({ cause, fingerprint, reason }) => JSON.stringify([cause, fingerprint, reason]))
      .sort();
  }

  #enter(changed: ChangedAlert | null): void {
    if (changed === null) return;
    this.#alerts.set(changed.alert.cause, changed.alert);
    this.changes.push(changed);
  }
}
