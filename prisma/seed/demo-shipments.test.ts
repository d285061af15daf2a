import { describe, expect, it } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { knownEvent } from '#subgraphs/tracking/event-version.ts';
import { isContainerNumber } from '#subgraphs/tracking/iso6346.ts';
import { projectShipment } from '#subgraphs/tracking/projection.ts';
import { shipmentStatuses, type ShipmentStatus } from '#subgraphs/tracking/shipment-status.ts';
import { MINUTE } from '#tools/demo/itinerary.ts';
import type { VoyagePlan } from '#tools/demo/voyage-plan.ts';
import { planVoyage } from '#tools/demo/voyages.ts';
import { beginningOf, demoShipments, SAMPLE_SHIPMENT_ID, type SeededShipment } from './demo-shipments.ts';

const BEGINNING = Date.parse('2026-05-06T07:08:09.101Z');
const SHIPMENTS = demoShipments(BEGINNING);
const sample = SHIPMENTS.find(({ id }) => id === SAMPLE_SHIPMENT_ID) as SeededShipment;
const voyages = SHIPMENTS.filter(({ id }) => id !== SAMPLE_SHIPMENT_ID).map((shipment) =>
  planVoyage(shipment),
);

function statusAt({ shipment, reports }: VoyagePlan, now: number): ShipmentStatus {
  const containers = shipment.containers.map(({ equipmentReference }) => equipmentReference);
  const known = reports
    .filter(({ at }) => at <= now)
    .map(({ event }) => knownEvent({ producerId: 'carrier', eventID: event.eventID ?? '', payload: event }));
  return projectShipment({ ...shipment, containers }, known).status;
}

/** Actual reports of the first quarter of an hour, by when they are sent. */
const live = voyages
  .flatMap(({ reports }) => reports)
  .filter(
    ({ at, event }) => at > BEGINNING && at <= BEGINNING + 15 * MINUTE && event.eventClassifierCode === 'ACT',
  )
  .sort((a, b) => a.at - b.at);

describe('the shipments of the demo', () => {
  it('are some two dozen of one tenant and a dozen of the other, each with references of its own', () => {
    const count = (tenant: string): number => SHIPMENTS.filter(({ tenantId }) => tenantId === tenant).length;
    expect([count(DEMO_TENANTS.aurora), count(DEMO_TENANTS.borealis)]).toEqual([26, 11]);
    const texts = SHIPMENTS.flatMap((each) => [
      each.id,
      each.reference,
      each.carrierBookingReference,
      each.transportDocumentReference,
      ...each.containers.map(({ equipmentReference }) => equipmentReference),
    ]);
    expect(new Set(texts).size).toBe(texts.length);
    const containers = SHIPMENTS.flatMap((each) =>
      each.containers.map((container) => container.equipmentReference),
    );
    expect(containers.filter((container) => !isContainerNumber(container))).toEqual([]);
  });

  it('are in every state at the beginning', () => {
    expect(new Set(voyages.map((voyage) => statusAt(voyage, BEGINNING)))).toEqual(new Set(shipmentStatuses));
  });

  it('keep a board busy for a quarter of an hour', () => {
    const times = [BEGINNING, ...live.map(({ at }) => at), BEGINNING + 15 * MINUTE];
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(30_000);
    const changed = voyages.filter((voyage) => {
      const [before, after] = [BEGINNING, BEGINNING + 15 * MINUTE].map((now) => statusAt(voyage, now));
      return before !== after;
    });
    expect(changed.length).toBeGreaterThan(20);
  });

  it('show a correction, a retraction with the report that follows, and a cancellation', () => {
    const withdrawn = live.filter(({ event }) => event.isRetracted);
    expect(withdrawn.length).toBeGreaterThan(0);
    const [first] = withdrawn;
    const again = live.find(
      ({ at, subject, event }) =>
        at > (first?.at ?? Infinity) &&
        event.eventID !== first?.event.eventID &&
        subject?.step === first?.subject?.step,
    );
    expect(again).toBeDefined();
    expect(live.some(({ event }) => event.eventUpdatedDateTime !== undefined && !event.isRetracted)).toBe(
      true,
    );
    expect(
      live.some(({ event }) => event.eventType === 'SHIPMENT' && event.shipmentEventTypeCode === 'VOID'),
    ).toBe(true);
  });

  it('tell when the demo began', () => {
    expect(beginningOf(sample)).toBe(BEGINNING);
  });

  it('hold one that carries the references of the published sample', () => {
    expect(sample).toMatchObject({
      tenantId: DEMO_TENANTS.aurora,
      carrierBookingReference: 'ABC123123123',
      transportDocumentReference: 'reserved-HHL123',
      containers: [{ equipmentReference: 'APZU4812090' }],
    });
  });
});
