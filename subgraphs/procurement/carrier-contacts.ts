import type { Database } from '#platform/database/database.ts';
import type { CarrierContact } from '#prisma/generated/client.ts';
import { REFERENCE_CONTACTS } from './reference-data/carrier-contacts.ts';

const MAX_CONTACTS = 50;

/** One statement. @returns the contacts of each carrier, in the order of the SCACs, by role and name */
export async function readContacts(
  { prisma }: Pick<Database, 'prisma'>,
  scacs: readonly string[],
): Promise<CarrierContact[][]> {
  const found = await prisma.carrierContact.findMany({
    where: { carrierScac: { in: [...scacs] } },
    orderBy: [{ role: 'asc' }, { name: 'asc' }],
  });
  return scacs.map((scac) => found.filter(({ carrierScac }) => carrierScac === scac).slice(0, MAX_CONTACTS));
}

/**
 * Whether a tenant deals with each of these carriers: has sent it an invitation, or has an approved award with it. A
 * draft says nothing: whoever writes one could name any carrier. One statement.
 */
export async function readEngagements(
  { pool }: Pick<Database, 'pool'>,
  tenantId: string,
  scacs: readonly string[],
): Promise<boolean[]> {
  const { rows } = await pool.query<{ scac: string }>(
    `SELECT asked.scac FROM unnest($2::text[]) AS asked (scac)
     WHERE EXISTS (SELECT FROM invitation WHERE tenant_id = $1::uuid AND carrier_scac = asked.scac AND sent_at IS NOT NULL)
       OR EXISTS (SELECT FROM award WHERE tenant_id = $1::uuid AND carrier_scac = asked.scac AND state = 'APPROVED')`,
    [tenantId, scacs],
  );
  const engaged = new Set(rows.map(({ scac }) => scac));
  return scacs.map((scac) => engaged.has(scac));
}

/** Brings the contacts of the carriers known here up to date; rows that are right already aren't written. */
export async function seedContacts({ pool }: Pick<Database, 'pool'>): Promise<void> {
  await pool.query(
    `INSERT INTO carrier_contact AS known (carrier_scac, role, name, email, phone)
     SELECT "carrierScac", role, name, email, phone
     FROM jsonb_to_recordset($1::jsonb)
       AS given("carrierScac" text, role carrier_contact_role, name text, email text, phone text)
     ORDER BY "carrierScac", role, name
     ON CONFLICT (carrier_scac, role, name) DO UPDATE SET (email, phone) = (excluded.email, excluded.phone)
     WHERE (known.email, known.phone) IS DISTINCT FROM (excluded.email, excluded.phone)`,
    [JSON.stringify(REFERENCE_CONTACTS)],
  );
}
