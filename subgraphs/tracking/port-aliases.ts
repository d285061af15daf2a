/**
 * Ports that UN/LOCODE and the trade know by two codes, the code used here second. Carriers report either; a
 * shipment must recognise its port by both.
 */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['CNSGH', 'CNSHA'], // Shanghai
  ['CNNBO', 'CNNGB'], // Ningbo
  ['CNQIN', 'CNTAO'], // Qingdao
  ['CNXAM', 'CNXMN'], // Xiamen
  ['CNDAL', 'CNDLC'], // Dalian
  ['CNXGA', 'CNXGG'], // Xingang
  ['CNYTG', 'CNYNT'], // Yantai
  ['DJPOD', 'DJJIB'], // Djibouti
]);

/** The one code by which a place is known here, whichever of its codes is given. */
export function canonicalPlace(unLocationCode: string): string {
  return ALIASES.get(unLocationCode) ?? unLocationCode;
}

/** Whether two UN/LOCODEs name the same place; a place that isn't known is not the same as any. */
export function isSamePlace(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && canonicalPlace(one) === canonicalPlace(other);
}

/** All the codes of the place that a UN/LOCODE names, itself included. */
export function codesOfPlace(unLocationCode: string): string[] {
  const place = canonicalPlace(unLocationCode);
  return [place, ...[...ALIASES].flatMap(([alias, code]) => (code === place ? alias : []))];
}
