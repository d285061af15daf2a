import { assuredBy, changers, peopleOf, readers } from '#platform/policy/baseline.ts';
import { allOf, anyOf } from '#platform/policy/decision.ts';

const carrierStaff = peopleOf('people of a carrier', 'CARRIER', 'carrier');
const carrierAuditors = peopleOf('auditors of a carrier', 'CARRIER', 'auditor');
const procurement = peopleOf('procurement', 'SHIPPER', 'admin', 'buyer');

/** Who buys and who is bought from: whose objects they see is decided in visibility.ts. */
export const reading = readers(
  anyOf(
    carrierStaff,
    carrierAuditors,
    peopleOf(
      'people of a shipper',
      'SHIPPER',
      'admin',
      'buyer',
      'finance',
      'operations',
      'viewer',
      'auditor',
    ),
  ),
);

/** Who looks into what has been done. */
export const auditing = readers(
  anyOf(
    peopleOf('auditors of a shipper', 'SHIPPER', 'admin', 'auditor'),
    peopleOf('auditors of a carrier', 'CARRIER', 'admin', 'auditor'),
    peopleOf('auditors of the platform', 'PLATFORM', 'admin', 'auditor'),
  ),
);

/** Who decides what is bought. */
export const buying = changers(procurement);

/** Who decides that what is bought is really bought: with a login of several factors. */
export const approving = allOf(buying, assuredBy('several factors', 'AAL2'));

/** Who offers, confirms and asks to be paid. */
export const carrying = changers(carrierStaff);
