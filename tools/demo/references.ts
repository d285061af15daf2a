import { containerCheckDigit } from '#subgraphs/tracking/iso6346.ts';
import { chance, digits, pick } from './chance.ts';

interface NumberRange {
  /** Begins its transport document numbers. */
  readonly document: string;
  /** A booking number of the carrier's usual shape. */
  readonly booking: (key: string) => string;
  /** ISO 6346 owner codes with the category letter. */
  readonly dry: readonly string[];
  readonly refrigerated: readonly string[];
}

const LETTERS = 'ABCDEFGHJKLMNPRSTUVWXY';

const RANGES: Readonly<Record<string, NumberRange>> = {
  CMDU: range('CMDU', (key) => `${letters(3, key)}${digits(7, key)}`, ['CMAU', 'TLLU'], ['CGMU']),
  COSU: range('COSU', (key) => `6${digits(9, key)}`, ['CSNU', 'CBHU'], ['CBHU']),
  HLCU: range('HLCU', (key) => `2${digits(7, key)}`, ['HLXU', 'HLBU'], ['HLBU', 'CPSU']),
  MAEU: range('MAEU', (key) => `2${digits(8, key)}`, ['MSKU', 'MRKU'], ['MNBU', 'MMAU']),
  MSCU: range('MEDU', (key) => `EBKG${digits(8, key)}`, ['MSCU', 'MEDU'], ['MEDU']),
  ONEY: range('ONEY', (key) => `${letters(4, key)}${digits(8, key)}`, ['ONEU', 'NYKU'], ['ONEU', 'TLLU']),
};

/** Whether the demo has voyages of a carrier. */
export function isDemoCarrier(carrierScac: string): boolean {
  return carrierScac in RANGES;
}

/** A booking number as the carrier writes them. @throws RangeError for a carrier without demo voyages */
export function bookingReference(carrierScac: string, key: string): string {
  return rangeOf(carrierScac).booking(`booking ${key}`);
}

/** The number of the bill of lading or sea waybill of a booking, at most 20 characters. */
export function documentReference(carrierScac: string, booking: string): string {
  return `${rangeOf(carrierScac).document}${booking}`;
}

/** A container number of the carrier's own boxes, with its check digit. */
export function containerNumber(carrierScac: string, isoEquipmentCode: string, key: string): string {
  const { dry, refrigerated } = rangeOf(carrierScac);
  const owner = pick(isoEquipmentCode.includes('R') ? refrigerated : dry, 'owner', key);
  const identification = `${owner}${digits(6, 'serial', key)}`;
  return `${identification}${containerCheckDigit(identification)}`;
}

function rangeOf(carrierScac: string): NumberRange {
  const found = RANGES[carrierScac];
  if (!found) throw new RangeError(`there are no demo voyages of ${carrierScac}`);
  return found;
}

function range(
  document: string,
  booking: NumberRange['booking'],
  dry: readonly string[],
  refrigerated: readonly string[],
): NumberRange {
  return { document, booking, dry, refrigerated };
}

function letters(count: number, key: string): string {
  return Array.from({ length: count }, (_, at) =>
    LETTERS.charAt(chance('letter', at, key) * LETTERS.length),
  ).join('');
}
