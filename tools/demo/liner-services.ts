/** A service that a carrier sails weekly. */
export interface LinerService {
  /** At most five characters (DCSA carrierServiceCode). */
  readonly code: string;
  readonly carrierScac: string;
  /** Ends its voyage numbers. */
  readonly direction: 'E' | 'N' | 'S' | 'W';
  /** IMO numbers of its vessels, which sail in turns; no vessel sails in two services. */
  readonly vessels: readonly string[];
}

/** The way a carrier takes between two ports; one for each carrier and pair of ports. */
export interface Routing {
  readonly carrierScac: string;
  /** UN/LOCODEs of the ports of loading, transshipment and discharge. */
  readonly ports: readonly string[];
  /** The services between them, one fewer. */
  readonly services: readonly string[];
}

/** Vessels are as large as their ports and canals take: no more than 51 m of beam through Panama. */
export const LINER_SERVICES: readonly LinerService[] = [
  service('FAL1', 'CMDU', 'W', '9839179', '9839131'),
  service('FAL3', 'CMDU', 'W', '9839143'),
  service('SAX', 'CMDU', 'E', '9776418'),
  service('INDMX', 'CMDU', 'W', '9454436', '9454448'),

  service('AEU3', 'COSU', 'W', '9795610', '9795622', '9795634'),
  service('AAC', 'COSU', 'E', '9695121', '9783459'),
  service('AAC2', 'COSU', 'E', '9783497', '9783502'),

  service('CGX', 'HLCU', 'S', '9320697'),
  service('FE3', 'HLCU', 'W', '9540118', '9708851', '9708863'),
  service('SX1', 'HLCU', 'N', '9450399'),
  service('IMX', 'HLCU', 'W', '9708875'),
  service('AT1', 'HLCU', 'W', '9501332'),
  service('WSX', 'HLCU', 'N', '9295244'),
  service('EXX', 'HLCU', 'E', '9612997'),

  service('TPX', 'MAEU', 'S', '9619919'),
  service('AE5', 'MAEU', 'W', '9778791', '9778806', '9780471'),
  service('AE7', 'MAEU', 'W', '9619907', '9948748'),
  service('NEU', 'MAEU', 'N', '9321495', '9321500'),

  service('SWAN', 'MSCU', 'W', '9839430', '9839272', '9929429'),
  service('LION', 'MSCU', 'N', '9703291', '9703306', '9703318'),

  service('JPX', 'ONEY', 'E', '9706736'),
  service('PS3', 'ONEY', 'E', '9806079', '9806081'),
  service('PS6', 'ONEY', 'E', '9806043'),
  service('FE4', 'ONEY', 'W', '9806067'),
  service('ESX', 'ONEY', 'N', '9784788'),
  service('ASE', 'ONEY', 'E', '9806055'),
  service('SAECS', 'ONEY', 'N', '9741384'),
];

export const ROUTINGS: readonly Routing[] = [
  routing('CMDU', 'CNSHA FAL1 MAPTM FAL3 DEHAM'),
  routing('CMDU', 'INNSA SAX LKCMB INDMX USNYC'),
  routing('COSU', 'CNSHA AEU3 NLRTM'),
  routing('COSU', 'CNNGB AAC USLAX'),
  routing('COSU', 'KRPUS AAC2 USOAK'),
  routing('HLCU', 'CNSHA CGX SGSIN FE3 NLRTM'),
  routing('HLCU', 'BRSSZ SX1 MAPTM FE3 DEHAM'),
  routing('HLCU', 'INNSA IMX MAPTM AT1 USNYC'),
  routing('HLCU', 'ECGYE WSX PABLB EXX NLRTM'),
  routing('HLCU', 'PECLL WSX PABLB EXX DEHAM'),
  routing('MAEU', 'CNSHA TPX MYTPP AE5 NLRTM'),
  routing('MAEU', 'SGSIN AE7 ESALG NEU GBFXT'),
  routing('MSCU', 'CNNGB SWAN ESALG LION GBFXT'),
  routing('ONEY', 'CNNGB JPX KRPUS PS3 USLAX'),
  routing('ONEY', 'KRPUS JPX JPTYO PS6 USOAK'),
  routing('ONEY', 'SGSIN FE4 GBFXT'),
  routing('ONEY', 'BRSSZ ESX DEHAM'),
  routing('ONEY', 'BRSSZ ASE SGSIN'),
  routing('ONEY', 'ZACPT SAECS NLRTM'),
];

const servicesByCode = new Map(LINER_SERVICES.map((each) => [each.code, each]));

/** The service of that code. @throws RangeError when there is none */
export function linerService(code: string): LinerService {
  const found = servicesByCode.get(code);
  if (!found) throw new RangeError(`there is no demo service ${code}`);
  return found;
}

/** A carrier's way between two ports; null when it has none in the demo. */
export function findRouting(carrierScac: string, origin: string, destination: string): Routing | null {
  const fits = (each: Routing): boolean =>
    each.carrierScac === carrierScac && each.ports[0] === origin && each.ports.at(-1) === destination;
  return ROUTINGS.find(fits) ?? null;
}

function service(
  code: string,
  carrierScac: string,
  direction: LinerService['direction'],
  ...vessels: readonly string[]
): LinerService {
  return { code, carrierScac, direction, vessels };
}

/** `way`: ports and the services between them, in turns. */
function routing(carrierScac: string, way: string): Routing {
  const stops = way.split(' ');
  return {
    carrierScac,
    ports: stops.filter((_, index) => index % 2 === 0),
    services: stops.filter((_, index) => index % 2 === 1),
  };
}
