import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { DAY } from '#tools/demo/itinerary.ts';
import { SAMPLE_SHIPMENT_ID, type SeededShipment } from './demo-shipments.ts';

/** How far a request for quotation has come: open and closed are both PUBLISHED, before and after bids are taken. */
export type TenderStage = 'DRAFT' | 'OPEN' | 'CLOSED' | 'AWARDED';

/** A request for quotation of the demo data. */
export interface Tender {
  readonly tenantId: string;
  /** Begins the subjects of the tenant's people: aurora for aurora-buyer. */
  readonly company: string;
  readonly reference: string;
  readonly title: string;
  readonly incoterm: string;
  readonly stage: TenderStage;
  /** SCACs. */
  readonly invited: readonly string[];
  readonly lanes: readonly TenderLane[];
}

export interface TenderLane {
  readonly origin: string;
  readonly destination: string;
  readonly isoEquipmentCode: string;
  readonly containerCount: number;
  readonly transitDays: number;
  /** Around which the carriers bid: whole dollars for one container. */
  readonly rate: number;
  /** SCAC of the carrier that has won it; null while it isn't awarded. */
  readonly winner: string | null;
}

const AURORA = { tenantId: DEMO_TENANTS.aurora, company: 'aurora' };
const BOREALIS = { tenantId: DEMO_TENANTS.borealis, company: 'borealis' };
const ALL_CARRIERS = ['CMDU', 'COSU', 'HLCU', 'MAEU', 'MSCU', 'ONEY'];

/**
 * Requests for quotation in every state. The awarded lanes are those on which the demo's shipments move, so that
 * each of these can be booked under an award.
 */
export function demoTenders(shipments: readonly SeededShipment[]): Tender[] {
  const contract = (tenantId: string, origins: readonly string[]): TenderLane[] =>
    lanesOf(shipments.filter((each) => each.tenantId === tenantId && origins.includes(each.origin)));
  return [
    {
      ...AURORA,
      reference: 'AUR-RFQ-2601',
      title: 'Far East to Europe and North America, yearly contract',
      incoterm: 'FOB',
      stage: 'AWARDED',
      invited: ALL_CARRIERS,
      lanes: contract(AURORA.tenantId, ['CNSHA', 'CNNGB', 'KRPUS']),
    },
    {
      ...AURORA,
      reference: 'AUR-RFQ-2602',
      title: 'South America, India and Singapore, yearly contract',
      incoterm: 'FCA',
      stage: 'AWARDED',
      invited: ALL_CARRIERS,
      lanes: [
        ...contract(AURORA.tenantId, ['BRSSZ', 'INNSA', 'SGSIN']),
        lane('SGSIN NLRTM', '45G1', 60, 24, 2_150),
      ],
    },
    {
      ...AURORA,
      reference: 'AUR-RFQ-2603',
      title: 'Spring collection, China to North Europe',
      incoterm: 'FOB',
      stage: 'OPEN',
      invited: ['HLCU', 'ONEY', 'MAEU', 'MSCU'],
      lanes: [lane('CNSHA DEHAM', '45G1', 80, 36, 2_380), lane('CNNGB NLRTM', '45G1', 45, 34, 2_310)],
    },
    {
      ...AURORA,
      reference: 'AUR-RFQ-2604',
      title: 'Transpacific top-up before the holidays',
      incoterm: 'FOB',
      stage: 'CLOSED',
      invited: ['HLCU', 'ONEY', 'COSU'],
      lanes: [lane('CNNGB USLAX', '45G1', 30, 16, 1_980), lane('KRPUS USOAK', '45G1', 12, 18, 1_890)],
    },
    {
      ...AURORA,
      reference: 'AUR-RFQ-2605',
      title: 'Coffee from Santos, next harvest',
      incoterm: 'FCA',
      stage: 'DRAFT',
      invited: ['HLCU', 'ONEY'],
      lanes: [lane('BRSSZ DEHAM', '22G1', 150, 18, 1_240)],
    },
    {
      ...BOREALIS,
      reference: 'BOR-RFQ-0801',
      title: 'Fruit and groceries, yearly contract',
      incoterm: 'FCA',
      stage: 'AWARDED',
      invited: ALL_CARRIERS,
      lanes: contract(BOREALIS.tenantId, ['ECGYE', 'PECLL', 'ZACPT', 'BRSSZ', 'SGSIN', 'INNSA']),
    },
    {
      ...BOREALIS,
      reference: 'BOR-RFQ-0802',
      title: 'Citrus season, Cape Town to Rotterdam',
      incoterm: 'FCA',
      stage: 'OPEN',
      invited: ['ONEY', 'MAEU', 'HLCU'],
      lanes: [lane('ZACPT NLRTM', '45R1', 220, 18, 4_950)],
    },
    {
      ...BOREALIS,
      reference: 'BOR-RFQ-0803',
      title: 'Avocados from Callao',
      incoterm: 'FCA',
      stage: 'DRAFT',
      invited: ['HLCU', 'MSCU'],
      lanes: [lane('PECLL DEHAM', '45R1', 90, 22, 4_700)],
    },
  ];
}

/** Whether a lane is the one that a shipment moves on under its carrier's award. */
export function isLaneOf(shipment: SeededShipment, lane: TenderLane): boolean {
  return (
    lane.winner === shipment.carrierScac &&
    lane.origin === shipment.origin &&
    lane.destination === shipment.destination &&
    lane.isoEquipmentCode === shipment.containers[0]?.isoEquipmentCode
  );
}

/** One lane, won by the carrier, for all the shipments that move alike. */
function lanesOf(shipments: readonly SeededShipment[]): TenderLane[] {
  const lanes: TenderLane[] = [];
  for (const shipment of shipments) {
    if (shipment.id === SAMPLE_SHIPMENT_ID || lanes.some((known) => isLaneOf(shipment, known))) continue;
    const { carrierScac, origin, destination, plannedDeparture, plannedArrival, containers } = shipment;
    const days = Math.ceil((plannedArrival.getTime() - plannedDeparture.getTime()) / DAY);
    const isoEquipmentCode = containers[0]?.isoEquipmentCode ?? '';
    const [base = 0, daily = 0] = DAILY_RATES[isoEquipmentCode] ?? [];
    const offered = lane(`${origin} ${destination}`, isoEquipmentCode, 120, days, base + daily * days);
    lanes.push({ ...offered, winner: carrierScac });
  }
  return lanes;
}

/** Dollars for a container and for each of its days at sea, by type: the order of magnitude of contract rates. */
const DAILY_RATES: Readonly<Record<string, readonly [base: number, daily: number]>> = {
  '22G1': [420, 38],
  '45G1': [650, 54],
  '45R1': [2_600, 110],
};

function lane(
  way: string,
  isoEquipmentCode: string,
  containerCount: number,
  transitDays: number,
  rate: number,
): TenderLane {
  const [origin = '', destination = ''] = way.split(' ');
  return { origin, destination, isoEquipmentCode, containerCount, transitDays, rate, winner: null };
}
