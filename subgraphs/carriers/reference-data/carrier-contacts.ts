import { REFERENCE_CARRIERS } from './carriers.ts';

export interface ReferenceContact {
  readonly carrierId: string;
  readonly role: 'BOOKING' | 'CUSTOMER_SERVICE' | 'SALES';
  readonly name: string;
  readonly email: string;
  /** E.164 */
  readonly phone: string;
}

/**
 * Desks that exist on paper only: their addresses lie under the reserved domain `.example` (RFC 2606), their numbers
 * among those that the North American plan keeps for fiction (555-0100 to 555-0199).
 */
export const REFERENCE_CONTACTS: readonly ReferenceContact[] = REFERENCE_CARRIERS.flatMap(
  ({ id, scac }, index) => {
    const domain = `${scac.toLowerCase()}.example`;
    const phone = (line: number): string => `+1202555${String(100 + index * 3 + line).padStart(4, '0')}`;
    return [
      { carrierId: id, role: 'BOOKING', name: 'Booking desk', email: `booking@${domain}`, phone: phone(0) },
      {
        carrierId: id,
        role: 'CUSTOMER_SERVICE',
        name: 'Customer service',
        email: `service@${domain}`,
        phone: phone(1),
      },
      {
        carrierId: id,
        role: 'SALES',
        name: 'Sales and contracts',
        email: `sales@${domain}`,
        phone: phone(2),
      },
    ] as const;
  },
);
