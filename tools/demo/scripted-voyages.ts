import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { voyageKey } from './demo-shipment.ts';
import type { Mishap } from './mishaps.ts';
import type { Step } from './timetable.ts';

/** A shipment of the demo data, and where its voyage stands when the demo begins. */
export interface ScriptedVoyage {
  readonly tenantId: string;
  readonly reference: string;
  readonly carrierScac: string;
  readonly origin: string;
  readonly destination: string;
  /** ISO 6346. */
  readonly isoEquipmentCode: string;
  readonly containerCount: number;
  /** What is reported next, soon after the beginning; null where nothing more is to come. */
  readonly next: Step | 'CANCELLATION' | null;
  readonly mishap: Mishap | null;
}

/**
 * In the order in which something happens: one report every {@link PACE} from the beginning on, so that a board has
 * something to show for a quarter of an hour, in every state that a shipment can be in.
 */
export const SCRIPTED_VOYAGES: readonly ScriptedVoyage[] = [
  aurora('AUR-2611', 'HLCU CNSHA NLRTM', '1 45G1', 'ARRIVAL 2'),
  aurora('AUR-2624', 'ONEY KRPUS USOAK', '2 45G1', 'LOAD 1'),
  borealis('BOR-0817', 'HLCU ECGYE NLRTM', '2 45R1', 'ARRIVAL 1'),
  aurora('AUR-2602', 'COSU CNNGB USLAX', '1 45G1', 'DISCHARGE 1', 'RETRACTION'),
  aurora('AUR-2630', 'MAEU CNSHA NLRTM', '3 45G1', 'GATE_IN 0'),
  borealis('BOR-0825', 'ONEY ZACPT NLRTM', '1 45R1', 'DEPARTURE 0'),
  aurora('AUR-2618', 'CMDU CNSHA DEHAM', '1 22G1', 'DISCHARGE 1'),
  aurora('AUR-2607', 'ONEY SGSIN GBFXT', '1 45G1', 'GATE_OUT 1'),
  borealis('BOR-0829', 'ONEY BRSSZ SGSIN', '2 45R1', 'GATE_IN 0'),
  aurora('AUR-2621', 'MSCU CNNGB GBFXT', '2 45G1', 'DEPARTURE 1'),
  aurora('AUR-2615', 'COSU CNSHA NLRTM', '1 45G1', 'ARRIVAL 1', 'CORRECTION'),
  borealis('BOR-0811', 'HLCU PECLL DEHAM', '2 45R1', 'GATE_OUT 2'),
  aurora('AUR-2627', 'HLCU BRSSZ DEHAM', '1 22G1', 'LOAD 0'),
  aurora('AUR-2619', 'ONEY CNNGB USLAX', '2 45G1', 'ARRIVAL 1'),
  borealis('BOR-0832', 'ONEY BRSSZ DEHAM', '1 45R1', 'CANCELLATION'),
  aurora('AUR-2625', 'CMDU INNSA USNYC', '2 22G1', 'DEPARTURE 0', 'LATE_REPORT'),
  aurora('AUR-2604', 'HLCU INNSA USNYC', '1 22G1', 'DISCHARGE 2'),
  borealis('BOR-0820', 'MAEU SGSIN GBFXT', '1 22G1', 'LOAD 1', 'RETRACTION'),
  aurora('AUR-2632', 'COSU KRPUS USOAK', '1 45G1', 'EMPTY_PICKUP 0'),
  aurora('AUR-2613', 'MAEU CNSHA NLRTM', '2 45G1', 'ARRIVAL 2'),
  borealis('BOR-0827', 'HLCU ECGYE NLRTM', '1 45R1', 'LOAD 0'),
  aurora('AUR-2622', 'HLCU CNSHA NLRTM', '1 45G1', 'LOAD 1', 'RETRACTION'),
  aurora('AUR-2601', 'ONEY KRPUS USOAK', '1 45G1', 'EMPTY_RETURN 2'),
  borealis('BOR-0813', 'ONEY ZACPT NLRTM', '2 45R1', 'DISCHARGE 1'),
  aurora('AUR-2629', 'COSU CNNGB USLAX', '2 45G1', 'GATE_IN 0', 'CORRECTION'),
  aurora('AUR-2609', 'ONEY BRSSZ DEHAM', '1 22G1', 'GATE_OUT 1'),
  borealis('BOR-0815', 'HLCU ECGYE NLRTM', '2 45R1', 'ARRIVAL 2', 'CORRECTION'),
  aurora('AUR-2620', 'MAEU SGSIN GBFXT', '1 45G1', 'ARRIVAL 1'),
  aurora('AUR-2626', 'CMDU CNSHA DEHAM', '2 45G1', 'DEPARTURE 0'),
  borealis('BOR-0822', 'HLCU PECLL DEHAM', '1 45R1', 'DEPARTURE 1'),
  aurora('AUR-2605', 'MSCU CNNGB GBFXT', '1 45G1', 'DISCHARGE 2'),
  aurora('AUR-2631', 'ONEY SGSIN GBFXT', '1 45G1', 'EMPTY_PICKUP 0'),
  borealis('BOR-0809', 'CMDU INNSA USNYC', '1 22G1', 'EMPTY_RETURN 2'),
  aurora('AUR-2616', 'HLCU CNSHA NLRTM', '2 45G1', 'DEPARTURE 1'),
  aurora('AUR-2628', 'COSU CNSHA NLRTM', '1 45G1', 'LOAD 0', 'LATE_REPORT'),

  aurora('AUR-2623', 'HLCU BRSSZ DEHAM', '1 22G1', 'CANCELLED'),
];

/** Milliseconds between the first reports of two voyages, and before the first. */
export const PACE = 25_000;

const byKey = new Map(SCRIPTED_VOYAGES.map((each) => [voyageKey(each), each]));

/** The script of a voyage by its key (see `voyageKey`), if it has one. */
export function scriptedVoyage(key: string): ScriptedVoyage | undefined {
  return byKey.get(key);
}

type Script = (
  reference: string,
  /** Carrier, port of loading, port of discharge. */
  way: string,
  /** Number and type of the containers. */
  cargo: string,
  /** Action and port, CANCELLATION, or CANCELLED for a voyage that is over. */
  next: string,
  mishap?: 'CORRECTION' | 'RETRACTION' | 'LATE_REPORT',
) => ScriptedVoyage;

function aurora(...script: Parameters<Script>): ScriptedVoyage {
  return scripted(DEMO_TENANTS.aurora, ...script);
}

function borealis(...script: Parameters<Script>): ScriptedVoyage {
  return scripted(DEMO_TENANTS.borealis, ...script);
}

function scripted(
  tenantId: string,
  ...[reference, way, cargo, next, mishap]: Parameters<Script>
): ScriptedVoyage {
  const [carrierScac = '', origin = '', destination = ''] = way.split(' ');
  const [count = '', isoEquipmentCode = ''] = cargo.split(' ');
  const common = {
    tenantId,
    reference,
    carrierScac,
    origin,
    destination,
    isoEquipmentCode,
    containerCount: Number(count),
  };
  if (next === 'CANCELLED') return { ...common, next: null, mishap: { kind: 'CANCELLATION' } };
  if (next === 'CANCELLATION') return { ...common, next, mishap: { kind: next } };
  const [action, port] = next.split(' ') as [Step['action'], string];
  const step: Step = { action, port: Number(port) };
  return { ...common, next: step, mishap: mishap ? { kind: mishap, step } : null };
}
