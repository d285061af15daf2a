/**
 * The currencies of ISO 4217 (list one, as amended up to 2025) that have minor units, by the number of decimals of the main unit.
 * Metals, units of account and test codes (XAU, XDR, XTS, XXX …) have none and are left out: nothing is paid in them.
 */
const CODES_BY_MINOR_UNITS: ReadonlyMap<number, string> = new Map([
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF ' +
      'CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG ' +
      'HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR ' +
      'MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD ' +
      'SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG ' +
      'YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
]);

const MINOR_UNITS: ReadonlyMap<string, number> = new Map(
  [...CODES_BY_MINOR_UNITS].flatMap(([decimals, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, decimals]),
  ),
);

/**
 * How many decimals an amount in this currency has at most (JPY 0, USD 2, KWD 3, CLF 4); undefined when `code`
 * isn't the ISO 4217 code, in capital letters, of a currency with minor units.
 */
export function minorUnits(code: string): number | undefined {
  return MINOR_UNITS.get(code);
}

/** What is wrong with a currency code, or null when nothing is. */
export function currencyFault(code: string): string | null {
  return MINOR_UNITS.has(code)
    ? null
    : 'expected the ISO 4217 code of a currency in use, in capital letters, such as USD';
}
