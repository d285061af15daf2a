/** A carrier as it is loaded. */
export interface ReferenceCarrier {
  readonly id: string;
  /** Standard Carrier Alpha Code (NMFTA). */
  readonly scac: string;
  /** SMDG liner code. */
  readonly smdgCode: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2 of its head office. */
  readonly countryCode: string;
}

/** The ids are fixed, so that every installation knows a carrier by the same one. */
export const REFERENCE_CARRIERS: readonly ReferenceCarrier[] = [
  carrier('3b0cb4c1-76f5-4c50-8a86-6a6a1f5d0b01', 'CMDU', 'CMA', 'CMA CGM', 'FR'),
  carrier('8f3f6a1e-52b5-4f3c-9d39-0c1e6a2b7d02', 'COSU', 'COS', 'COSCO SHIPPING Lines', 'CN'),
  carrier('c2a94f60-1f0e-4b7a-8f0d-5b8d3e9c4a03', 'EGLV', 'EMC', 'Evergreen Line', 'TW'),
  carrier('5d7e1b32-94c8-4e26-a1f4-7f2c0d8e6b04', 'HDMU', 'HMM', 'HMM', 'KR'),
  carrier('e9150c7d-3a6b-4d81-b2c7-1d4f8a0b9c05', 'HLCU', 'HLC', 'Hapag-Lloyd', 'DE'),
  carrier('0a8d2f94-6c71-4a5e-93b8-2e7b1c6f5d06', 'MAEU', 'MSK', 'Maersk', 'DK'),
  carrier('7c46e3b8-d092-4f1d-8e5a-9a3d2b7c0e07', 'MSCU', 'MSC', 'Mediterranean Shipping Company', 'CH'),
  carrier('b1f80d5a-2e47-4c93-a6d0-4c5e9f1a3b08', 'ONEY', 'ONE', 'Ocean Network Express', 'SG'),
  carrier('462b9e07-f8c3-4d6a-9b1e-8d0a7c2f6e09', 'OOLU', 'OOL', 'Orient Overseas Container Line', 'HK'),
  carrier('d8e57a1c-05b4-4932-8c7f-3b6e1d9a4f10', 'PCIU', 'PIL', 'Pacific International Lines', 'SG'),
  carrier('91c3d6f2-ab78-4e05-b4d9-6f1a0e8c2d11', 'WHLC', 'WHL', 'Wan Hai Lines', 'TW'),
  carrier('2f7ab0e4-c619-4b8d-a350-0e9c5d7b1f12', 'YMLU', 'YML', 'Yang Ming', 'TW'),
  carrier('684d1ce9-7b23-4fa0-9e86-5a2f3c0d8b13', 'ZIMU', 'ZIM', 'ZIM Integrated Shipping Services', 'IL'),
];

function carrier(
  id: string,
  scac: string,
  smdgCode: string,
  name: string,
  countryCode: string,
): ReferenceCarrier {
  return { id, scac, smdgCode, name, countryCode };
}
