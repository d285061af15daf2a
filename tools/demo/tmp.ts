import { demoShipments } from '#prisma/seed/demo-shipments.ts';
import { planVoyage } from './voyages.ts';
import { knownEvent } from '#subgraphs/tracking/event-version.ts';
import { projectShipment } from '#subgraphs/tracking/projection.ts';
import { validateEvent } from '#subgraphs/tracking/dcsa/validate.ts';
const t0 = Date.now();
const T = performance.now();
const ss = demoShipments(t0);
console.log('seed ms', performance.now() - T);
const per: Record<string, number> = {};
let total = 0; const live: [number, string][] = [];
for (const s of ss.slice(0, -1)) {
  const p = planVoyage(s);
  total += p.reports.length + p.estimates(t0).length;
  for (const { event, at } of p.reports) { const v = validateEvent(event, at + 1000); if (!v.ok) console.log(v.faults); }
  for (const event of p.estimates(t0)) { const v = validateEvent(event, t0 + 1000); if (!v.ok) console.log(v.faults); if (Date.parse(event.eventDateTime) < t0 - 60000) console.log('past estimate', event) }
  const st = (t: number) => projectShipment({ ...s, containers: s.containers.map((c) => c.equipmentReference) }, p.reports.filter((r) => r.at <= t).map(({ event }) => knownEvent({ producerId: 'p', eventID: event.eventID!, payload: event }))).status;
  const a = st(t0);
  per[a] = (per[a] ?? 0) + 1;
  const trail = [a]; for (let t = t0; t < t0 + 900_000; t += 5000) { const x = st(t); if (x !== trail.at(-1)) trail.push(x); }
  console.log(s.reference, s.carrierScac, s.origin, s.destination, 'dep', s.plannedDeparture.toISOString().slice(0, 16), 'created', s.createdAt.toISOString().slice(0, 10), trail.join(' > '), s.containers.map((c) => c.equipmentReference).join());
  for (const r of p.reports) if (r.at > t0 && r.at < t0 + 900_000) live.push([Math.round((r.at - t0) / 1000), `${s.reference} ${r.event.eventClassifierCode} ${r.subject?.step.action ?? r.event.eventType} ${r.subject?.container ?? ''} ${r.event.eventUpdatedDateTime ? 'updated' : ''} ${r.event.isRetracted ? 'RETRACTED' : ''}`]);
}
console.log(per, total);
for (const [a, b] of live.sort((x, y) => x[0] - y[0])) console.log(a, b);
