import { planVoyage, } from './voyages.ts';
import { itineraryOf } from './itinerary.ts';
import { bookingReference, containerNumber, documentReference } from './references.ts';
import { validateEvent } from '#subgraphs/tracking/dcsa/validate.ts';
import { knownEvent } from '#subgraphs/tracking/event-version.ts';
import { projectShipment } from '#subgraphs/tracking/projection.ts';
import { ROUTINGS } from './liner-services.ts';
const D = new Date('2026-11-01T10:00:00Z');
let n = 0;
for (const r of ROUTINGS) {
  const base = { id: 'x'+r.services[0], tenantId: 't', reference: 'AUR-'+r.services.join(''), carrierScac: r.carrierScac, origin: r.ports[0]!, destination: r.ports.at(-1)!, plannedDeparture: D };
  const it = itineraryOf(base);
  const b = bookingReference(r.carrierScac, base.reference);
  const s = { ...base, plannedArrival: plannedArrival(it), carrierBookingReference: b, transportDocumentReference: documentReference(r.carrierScac, b), containers: [1,2].map((i) => ({ equipmentReference: containerNumber(r.carrierScac, '45G1', base.reference+i), isoEquipmentCode: '45G1', cargoWeightKg: 12000 })) };
  const t = performance.now();
  const p = planVoyage(s);
  const ms = performance.now() - t;
  let bad = 0;
  for (const { event, at } of p.reports) { const v = validateEvent(event, at + 1000); if (!v.ok) { bad++; if (bad < 3) console.log(v.faults, event); } }
  n += p.reports.length;
  const st = projectShipment({ origin: s.origin, destination: s.destination, plannedDeparture: s.plannedDeparture, plannedArrival: s.plannedArrival, containers: s.containers.map((c) => c.equipmentReference) }, p.reports.map(({ event }) => knownEvent({ producerId: 'p', eventID: event.eventID!, payload: event })));
  console.log(r.carrierScac, r.ports.join('-'), it.legs.map((l) => `${Math.round(l.nauticalMiles)}nm ${(l.hours/24).toFixed(1)}d ${l.vessel.name} ${l.voyageNumber}`).join(' | '), p.reports.length, 'bad', bad, ms.toFixed(1)+'ms', st.status, st.milestones.length, p.mishap?.kind);
  if (r.services[0] === 'CGX') { for (const m of st.milestones) console.log('  ', m.code, m.unLocationCode, m.planned?.toISOString(), m.estimated?.toISOString(), m.actual?.toISOString()); console.log(p.reports.length); console.log(p.reports.find((x) => x.event.eventType==='TRANSPORT' && 'delayReasonCode' in x.event)?.event, b, s.containers); 
   const e = p.estimates(D.getTime()); console.log(e.length); }
}
console.log(n);
