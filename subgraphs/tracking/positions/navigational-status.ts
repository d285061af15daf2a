/** The names of AIS' navigational statuses by their code (ITU-R M.1371-5, table 45); reserved ones have none. */
const NAMES = [
  'UNDER_WAY_USING_ENGINE',
  'AT_ANCHOR',
  'NOT_UNDER_COMMAND',
  'RESTRICTED_MANOEUVRABILITY',
  'CONSTRAINED_BY_DRAUGHT',
  'MOORED',
  'AGROUND',
  'ENGAGED_IN_FISHING',
  'UNDER_WAY_SAILING',
  null,
  null,
  'TOWING_ASTERN',
  'PUSHING_AHEAD_OR_TOWING_ALONGSIDE',
  null,
  'SEARCH_AND_RESCUE_TRANSMITTER_ACTIVE',
  null,
] as const;

export type NavigationalStatus = NonNullable<(typeof NAMES)[number]>;

/** Null when it isn't told, or says nothing. */
export function navigationalStatusOf(code: number | null): NavigationalStatus | null {
  return code === null ? null : (NAMES[code] ?? null);
}
