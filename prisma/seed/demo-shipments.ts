import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { fixedUuid } from '#tools/demo/chance.ts';
import type { DemoShipment } from '#tools/demo/demo-shipment.ts';
import { draftShipment } from '#tools/demo/draft-shipment.ts';
import { DAY } from '#tools/demo/itinerary.ts';
import { PACE, SCRIPTED_VOYAGES, type ScriptedVoyage } from '#tools/demo/scripted-voyages.ts';
import type { Report, VoyagePlan } from '#tools/demo/voyage-plan.ts';
import { planVoyage } from '#tools/demo/voyages.ts';

/** A shipment of the demo data; its carrier's reports come through the public door, not from here. */
export interface SeededShipment extends DemoShipment {
  /** When following began. */
  readonly createdAt: Date;
}

/**
 * The shipment that the sample events published by DCSA are about; no voyage is played for it. Its age tells when
 * the demo began.
 */
export const SAMPLE_SHIPMENT_ID = fixedUuid('shipment', 'sample of DCSA');
const SAMPLE_AGE = 60 * DAY;

/**
 * The demo's shipments, the DCSA sample last, with departures such that their voyages go on where the script says.
 * @param beginning when the demo begins; milliseconds since 1970
 */
export function demoShipments(beginning: number): SeededShipment[] {
  let place = 0;
  const played = SCRIPTED_VOYAGES.map((script) => {
    const instant = script.next === null ? beginning - 3 * DAY : beginning + ++place * PACE;
    return seededShipment(script, instant);
  });
  return [...played, sampleShipment(beginning)];
}

/** When the demo began, by the row of the DCSA sample's shipment. */
export function beginningOf(sample: { readonly createdAt: Date }): number {
  return sample.createdAt.getTime() + SAMPLE_AGE;
}

/** @param instant when the report that the script calls next is sent */
function seededShipment(script: ScriptedVoyage, instant: number): SeededShipment {
  const id = fixedUuid('shipment', script.tenantId, script.reference);
  const departingAt = (departure: number): VoyagePlan => {
    const order = { ...script, plannedDeparture: new Date(departure) };
    return planVoyage({ ...draftShipment(order), id });
  };
  // Everything in a voyage keeps its distance from the departure, so that one shift puts it in its place.
  const trial = departingAt(instant);
  const { shipment, reports } = departingAt(instant + (instant - nextReport(script, trial).at));
  return { ...shipment, createdAt: new Date(Math.min(reports[0]?.at ?? instant, instant)) };
}

/**
 * The report that the script calls next: the first one of the step where the first container counts, the last one
 * where all have to be through, and the first one where it is a mistake that is to be withdrawn.
 */
function nextReport({ next, mishap }: ScriptedVoyage, { reports }: VoyagePlan): Report {
  if (next === null || next === 'CANCELLATION') return reports.at(-1) as Report;
  const ofStep = reports.filter(
    ({ subject, event }) =>
      event.eventClassifierCode === 'ACT' &&
      subject?.step.action === next.action &&
      subject.step.port === next.port,
  );
  const first = mishap !== null || next.action === 'EMPTY_PICKUP' || next.action === 'GATE_IN';
  // A duplicate is sent later and is no news.
  const firstOfEach = ofStep.filter(
    (report) => ofStep.find(({ event }) => event === report.event) === report,
  );
  return (first ? firstOfEach[0] : firstOfEach.at(-1)) as Report;
}

function sampleShipment(beginning: number): SeededShipment {
  return {
    id: SAMPLE_SHIPMENT_ID,
    tenantId: DEMO_TENANTS.aurora,
    reference: 'DCSA-SAMPLE',
    carrierScac: 'MAEU',
    origin: 'CNSHA',
    destination: 'FRPAR',
    carrierBookingReference: 'ABC123123123',
    transportDocumentReference: 'reserved-HHL123',
    plannedDeparture: new Date(beginning + 6 * DAY),
    plannedArrival: new Date(beginning + 40 * DAY),
    containers: [{ equipmentReference: 'APZU4812090', isoEquipmentCode: '22G1', cargoWeightKg: 14_200 }],
    createdAt: new Date(beginning - SAMPLE_AGE),
  };
}
