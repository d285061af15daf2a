export interface ReferenceContact {
  readonly carrierScac: string;
  readonly role: 'BOOKING' | 'CUSTOMER_SERVICE' | 'SALES';
  readonly name: string;
  readonly email: string;
  /** E.164 */
  readonly phone: string;
}

/** SCACs, each with the number of its first desk's line. */
const CARRIERS: Readonly<Record<string, number>> = {
  CMDU: 100,
  COSU: 103,
  EGLV: 106,
  HDMU: 109,
  HLCU: 112,
  MAEU: 115,
  MSCU: 118,
  ONEY: 121,
  OOLU: 124,
  PCIU: 127,
  WHLC: 130,
  YMLU: 133,
  ZIMU: 136,
};

/**
 * Desks that exist on paper only: their addresses lie under the reserved domain `.example` (RFC 2606), their numbers
 * among those that the North American plan keeps for fiction (555-0100 to 555-0199).
 */
export const REFERENCE_CONTACTS: readonly ReferenceContact[] = Object.entries(CARRIERS).flatMap(
  ([carrierScac, first]) => {
    const domain = `${carrierScac.toLowerCase()}.example`;
    const desk = (
      role: ReferenceContact['role'],
      name: string,
      box: string,
      line: number,
    ): ReferenceContact => ({
      carrierScac,
      role,
      name,
      email: `${box}@${domain}`,
      phone: `+1202555${String(first + line).padStart(4, '0')}`,
    });
    return [
      desk('BOOKING', 'Booking desk', 'booking', 0),
      desk('CUSTOMER_SERVICE', 'Customer service', 'service', 1),
      desk('SALES', 'Sales and contracts', 'sales', 2),
    ];
  },
);
