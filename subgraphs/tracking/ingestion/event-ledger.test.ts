import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { concerns, referenceKeysOf } from '../references.ts';
import { day, ofBooking, transportEvent } from '../test/event-builders.ts';
import { EventLedger } from './event-ledger.ts';
import type { KnownShipment } from './known-shipment.ts';
import type { Reporter } from './reporter.ts';

const reporter: Reporter = { producerId: 'producer', kind: 'PLATFORM', tenantId: null, carrierScac: null };
const NOW = new Date('2026-06-01T00:00:00Z');

const shipments = ['A', 'B', 'C'].map((booking): KnownShipment => ({
  id: `shipment-${booking}`,
  tenantId: 'tenant',
  carrierScac: 'HLCU',
  createdAt: NOW,
  origin: 'CNSHA',
  destination: 'NLRTM',
  plannedDeparture: null,
  plannedArrival: null,
  containers: [],
  carrierBookingReference: booking,
  transportDocumentReference: null,
  returnedAt: null,
  revision: 0,
}));
const byId = new Map(shipments.map((shipment) => [shipment.id, shipment]));

const matched = (version: KnownEvent) =>
  shipments.filter((shipment) =>
    concerns(referenceKeysOf(version.payload), shipment, version.facts.eventDateTime),
  );

const rowsOf = (ledger: EventLedger) => ledger.changes().map(({ event }) => event);

const eventID = '00000000-0000-4000-8000-000000000001';
const anyVersion = fc
  .record({
    bookings: fc.subarray(['A', 'B', 'nowhere']),
    updated: fc.integer({ min: 1, max: 5 }),
    isRetracted: fc.boolean(),
  })
  .map(({ bookings, updated, isRetracted }) => {
    const documentReferences = bookings.flatMap((booking) => ofBooking(booking).documentReferences);
    const changes = { eventID, documentReferences, isRetracted, eventUpdatedDateTime: day(updated) };
    const payload = transportEvent('DEPA', 'CNSHA', changes);
    return knownEvent({ producerId: reporter.producerId, eventID, payload });
  });

test('the latest version decides where an event counts, whatever the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(anyVersion, { minLength: 1, maxLength: 8 }), (arrivals) => {
      const ledger = new EventLedger(reporter, [], []);
      for (const version of arrivals) ledger.enter(version, matched(version), byId, NOW);
      const newest = arrivals.toSorted(compareVersions).at(-1) as KnownEvent;
      const counting = rowsOf(ledger).filter((row) => !row.isRetracted);
      const expected = newest.facts.isRetracted ? [] : matched(newest).map(({ id }) => id);
      expect(counting.map((row) => row.shipmentId).sort()).toEqual(expected);
      for (const row of counting) expect(row.payload).toEqual(newest.payload);
      const isAnywhere = rowsOf(ledger).length > 0;
      expect(ledger.unmatched().map(({ payload }) => payload)).toEqual(isAnywhere ? [] : [newest.payload]);
    }),
    { numRuns: 1_000 },
  );
});

test('a repetition changes nothing and is told apart', () => {
  fc.assert(
    fc.property(fc.array(anyVersion, { minLength: 1, maxLength: 5 }), fc.nat(), (arrivals, pick) => {
      const ledger = new EventLedger(reporter, [], []);
      for (const version of arrivals) ledger.enter(version, matched(version), byId, NOW);
      const before = [rowsOf(ledger), ledger.unmatched()];
      const again = arrivals[pick % arrivals.length] as KnownEvent;
      expect(ledger.enter(again, matched(again), byId, NOW).outcome).toBe('duplicate');
      expect([rowsOf(ledger), ledger.unmatched()]).toEqual(before);
    }),
    { numRuns: 1_000 },
  );
});
