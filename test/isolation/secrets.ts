import type pg from 'pg';
import type { Company, Viewer } from './viewers.ts';

/*
 * Who may see each value that is stored, told anew here from docs/access.md: neither the rules nor the queries nor the
 * policies of the product are asked.
 */

type Audience = (viewer: Viewer) => boolean;

/** What is stored, by value: an id, a text, an amount. */
export interface Secrets {
  /** Whether a viewer may be shown a value; what isn't stored is nobody's secret. */
  isFor(viewer: Viewer, value: string): boolean;
  readonly values: ReadonlySet<string>;
  /** Ids by the name of their type, in small letters. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

interface StoredRow {
  readonly source: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What a row's own table doesn't tell. */
const ROWS = `
  SELECT 'shipment' AS source, to_jsonb(r) AS row FROM tracking.shipment AS r
  UNION ALL SELECT 'container', to_jsonb(r) FROM tracking.container AS r
  UNION ALL SELECT 'transportcall', to_jsonb(r) FROM tracking.transport_call AS r
  UNION ALL SELECT 'trackingevent', to_jsonb(r) FROM tracking.event AS r
  UNION ALL SELECT 'alertrule', to_jsonb(r) FROM tracking.alert_rule AS r
  UNION ALL SELECT 'alert', to_jsonb(r) FROM tracking.alert AS r
  UNION ALL SELECT 'rfq', to_jsonb(r) FROM procurement.rfq AS r
  UNION ALL SELECT 'lane', to_jsonb(r) FROM procurement.lane AS r
  UNION ALL SELECT 'invitation', to_jsonb(r) FROM procurement.invitation AS r
  UNION ALL SELECT 'bid', to_jsonb(r) || jsonb_build_object('closed', rfq.bids_close_at <= clock_timestamp())
    FROM procurement.bid AS r JOIN procurement.rfq ON rfq.id = r.rfq_id
  UNION ALL SELECT 'award', to_jsonb(r) FROM procurement.award AS r
  UNION ALL SELECT 'booking', to_jsonb(r) FROM procurement.booking AS r
  UNION ALL SELECT 'invoice', to_jsonb(r) FROM procurement.invoice AS r`;

const INVITED = `
  SELECT rfq_id AS rfq, array_agg(carrier_scac) AS carriers FROM procurement.invitation JOIN procurement.rfq ON rfq.id = rfq_id
  WHERE rfq.state <> 'DRAFT' GROUP BY rfq_id`;

const SECRET = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|zq[0-9a-z]{10}|\b[1-9]\d{7,8}\b/gi;

/** What in a text could be a stored value. */
export function secretsIn(text: string): string[] {
  return [...new Set(text.match(SECRET))];
}

export async function readSecrets(owner: pg.Client, companies: readonly Company[]): Promise<Secrets> {
  const { rows } = await owner.query<StoredRow>(ROWS);
  const invited = await owner.query<{ rfq: string; carriers: string[] }>(INVITED);
  const carriersOf = new Map(invited.rows.map(({ rfq, carriers }) => [rfq, new Set(carriers)]));
  const regions = new Map(companies.map(({ tenant, region }) => [tenant, region]));
  const audiences = new Map<string, Audience[]>();
  const ids = new Map<string, string[]>();
  for (const { source, row } of rows) {
    const tenant = String(row.tenant_id);
    ids.set(source, [...(ids.get(source) ?? []), String(row.id)]);
    const region = regions.get(tenant) ?? null;
    const reaches: Audience = ({ regions: own, role, scopes }) =>
      (region === null || own.includes(region)) && scopes.includes('graph:read') && role !== 'integration';
    for (const [column, value] of Object.entries(row)) {
      if (column === 'tenant_id') continue;
      const audience = audienceOf(source, column, row, tenant, carriersOf.get(String(row.rfq_id ?? row.id)));
      for (const secret of secretsIn(JSON.stringify(value))) {
        const all = audiences.get(secret) ?? [];
        audiences.set(secret, [...all, (viewer) => reaches(viewer) && audience(viewer)]);
      }
    }
  }
  for (const { tenant } of companies) audiences.set(tenant, [(viewer) => viewer.tenant === tenant]);
  return {
    ids,
    values: new Set(audiences.keys()),
    isFor: (viewer, value) => audiences.get(value)?.some((audience) => audience(viewer)) ?? true,
  };
}

const BUYING = ['admin', 'buyer', 'auditor'];
const PAYING = [...BUYING, 'finance'];

function audienceOf(
  source: string,
  column: string,
  row: StoredRow['row'],
  tenant: string,
  invited: ReadonlySet<string> = new Set(),
): Audience {
  const ofTenant: Audience = (viewer) => viewer.organisation === 'SHIPPER' && viewer.tenant === tenant;
  const roles =
    (...names: readonly string[]): Audience =>
    (viewer) =>
      ofTenant(viewer) && names.includes(viewer.role);
  const ofCarrier: Audience = ({ carrier }) => carrier !== null && carrier === row.carrier_scac;
  const either =
    (...all: readonly Audience[]): Audience =>
    (viewer) =>
      all.some((audience) => audience(viewer));
  const invitedOnes: Audience = ({ carrier }) => carrier !== null && invited.has(carrier);
  const isPrice = column === 'rate_per_container';
  switch (source) {
    case 'rfq':
    case 'lane':
      return either(ofTenant, invitedOnes);
    case 'invitation':
      return either(ofTenant, (viewer) => ofCarrier(viewer) && row.sent_at !== null);
    case 'bid':
      if (row.closed !== true) return ofCarrier;
      return either(ofCarrier, isPrice ? roles(...BUYING) : ofTenant);
    case 'award':
      return either(
        isPrice ? roles(...PAYING) : ofTenant,
        (viewer) => ofCarrier(viewer) && row.state === 'APPROVED',
      );
    case 'booking':
      return column === 'cargo_value' ? roles(...PAYING) : either(ofTenant, ofCarrier);
    case 'invoice':
      return column === 'amount' ? roles(...PAYING) : either(ofTenant, ofCarrier);
    default:
      return ofTenant;
  }
}
