/** A container terminal, standing for its port. */
export interface Terminal {
  readonly unlocode: string;
  readonly port: string;
  readonly name: string;
  /** In SMDG's terminal code list. */
  readonly facilityCode: string;
  /** IANA. */
  readonly timeZone: string;
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
}

/** The terminals that the demo voyages call at; codes of the SMDG list, places to a kilometre. */
export const TERMINALS: readonly Terminal[] = [
  terminal('BRSSZ', 'Santos', 'Brasil Terminal Portuario', 'BTP', 'America/Sao_Paulo', -23.932, -46.342),
  terminal('CNNGB', 'Ningbo', 'Meishan Island Terminal', 'BLCT6', 'Asia/Shanghai', 29.776, 121.991),
  terminal(
    'CNSHA',
    'Shanghai',
    'Shengdong International Container Terminal',
    'SHENG',
    'Asia/Shanghai',
    30.628,
    122.061,
  ),
  terminal('DEHAM', 'Hamburg', 'HHLA Container Terminal Altenwerder', 'CTA', 'Europe/Berlin', 53.503, 9.938),
  terminal('ECGYE', 'Guayaquil', 'Contecon Guayaquil', 'CONTE', 'America/Guayaquil', -2.28, -79.908),
  terminal('ESALG', 'Algeciras', 'Total Terminal International', 'TTI', 'Europe/Madrid', 36.134, -5.43),
  terminal('GBFXT', 'Felixstowe', 'Trinity Terminal', 'TTY', 'Europe/London', 51.954, 1.31),
  terminal('INNSA', 'Nhava Sheva', 'Gateway Terminals India', 'GTICI', 'Asia/Kolkata', 18.948, 72.945),
  terminal('JPTYO', 'Tokyo', 'Ohi Container Terminal', 'OHM', 'Asia/Tokyo', 35.606, 139.768),
  terminal('KRPUS', 'Busan', 'Pusan New Port', 'PNC', 'Asia/Seoul', 35.077, 128.829),
  terminal(
    'LKCMB',
    'Colombo',
    'Colombo International Container Terminal',
    'CICT',
    'Asia/Colombo',
    6.944,
    79.836,
  ),
  terminal('MAPTM', 'Tanger Med', 'Tanger Alliance Terminal', 'TAT', 'Africa/Casablanca', 35.884, -5.503),
  terminal('MYTPP', 'Tanjung Pelepas', 'Port of Tanjung Pelepas', 'PTP', 'Asia/Kuala_Lumpur', 1.363, 103.548),
  terminal('NLRTM', 'Rotterdam', 'Rotterdam World Gateway', 'RWG', 'Europe/Amsterdam', 51.957, 4.003),
  terminal('PABLB', 'Balboa', 'PPC Container Terminal Balboa', 'PPCBL', 'America/Panama', 8.957, -79.567),
  terminal('PECLL', 'Callao', 'DP World Callao', 'DPCLL', 'America/Lima', -12.056, -77.147),
  terminal('SGSIN', 'Singapore', 'Pasir Panjang Terminal 3', 'PSAPP3', 'Asia/Singapore', 1.276, 103.768),
  terminal('USLAX', 'Los Angeles', 'APM Terminals Pier 400', 'APMT', 'America/Los_Angeles', 33.734, -118.25),
  terminal('USNYC', 'New York', 'APM Terminals Elizabeth', 'APMT', 'America/New_York', 40.668, -74.147),
  terminal(
    'USOAK',
    'Oakland',
    'Oakland International Container Terminal',
    'B58',
    'America/Los_Angeles',
    37.8,
    -122.322,
  ),
  terminal(
    'ZACPT',
    'Cape Town',
    'Transnet Port Terminals Cape Town',
    'TNCT',
    'Africa/Johannesburg',
    -33.906,
    18.442,
  ),
];

const byCode = new Map(TERMINALS.map((each) => [each.unlocode, each]));

/** The terminal of a port. @throws RangeError for a port that no demo voyage calls at */
export function terminalAt(unlocode: string): Terminal {
  const found = byCode.get(unlocode);
  if (!found) throw new RangeError(`no demo voyage calls at ${unlocode}`);
  return found;
}

function terminal(
  unlocode: string,
  port: string,
  name: string,
  facilityCode: string,
  timeZone: string,
  latitude: number,
  longitude: number,
): Terminal {
  return { unlocode, port, name, facilityCode, timeZone, latitude, longitude };
}
