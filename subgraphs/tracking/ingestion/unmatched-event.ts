import type { OrganisationKind } from '#platform/auth/caller.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { instants, jsons, textList, texts, uuidList, uuids } from './binary-columns.ts';
import type { Reporter } from './reporter.ts';
import { listsOf, namesOf, rowsOf } from './rows.ts';
import type { Columns } from './rows.ts';
import type { Statements } from './statements.ts';
import { estimatesOf, estimatesText, payloadTextOf } from './stored-event.ts';
import type { EstimatesColumn } from './stored-event.ts';

/** An event that concerns no shipment yet, with what decides whether it may be applied to one later. */
export interface UnmatchedEvent extends KnownEvent, Reporter {
  /** Key texts by which it is found. */
  readonly keys: readonly string[];
  readonly receivedAt: Date;
}

interface Row {
  producer_id: string;
  event_id: string;
  producer_kind: OrganisationKind;
  tenant_id: string | null;
  carrier_scac: string | null;
  keys: string[];
  earlier_estimates: EstimatesColumn;
  payload: DcsaEvent;
  received_at: Date;
}

function unmatchedEvent(row: Row): UnmatchedEvent {
  const identity = { producerId: row.producer_id, eventID: row.event_id };
  return {
    kind: row.producer_kind,
    tenantId: row.tenant_id,
    carrierScac: row.carrier_scac,
    keys: row.keys,
    receivedAt: row.received_at,
    ...knownEvent({ payload: row.payload, ...identity }, estimatesOf(row.earlier_estimates, identity)),
  };
}

const BY_IDENTITY =
  'SELECT * FROM unmatched_event WHERE producer_id = $1::uuid AND event_id = ANY($2::uuid[])';
const FIND = { name: 'find unmatched', text: BY_IDENTITY };
const LOCK = { name: 'lock unmatched', text: `${BY_IDENTITY} ORDER BY producer_id, event_id FOR UPDATE` };
const LOCK_BY_KEYS = {
  name: 'lock unmatched by keys',
  text: `SELECT * FROM unmatched_event
    WHERE keys && $1::text[] AND (tenant_id IS NULL OR tenant_id = ANY($2::uuid[]))
      AND (carrier_scac IS NULL OR string_to_array(carrier_scac, ',') && $3::text[])
      AND (producer_id, event_id) > ($4::uuid, $5::uuid)
    ORDER BY producer_id, event_id LIMIT $6 FOR UPDATE`,
};
const COLUMNS: Columns<UnmatchedEvent> = {
  producer_id: uuids(({ producerId }) => producerId),
  event_id: uuids(({ eventID }) => eventID),
  producer_kind: texts(({ kind }) => kind),
  tenant_id: uuids(({ tenantId }) => tenantId),
  carrier_scac: texts(({ carrierScac }) => carrierScac),
  keys: jsons(({ keys }) => JSON.stringify(keys)),
  earlier_estimates: jsons(estimatesText),
  payload: jsons(payloadTextOf),
  received_at: instants(({ receivedAt }) => receivedAt),
};
const SAVE = {
  name: 'save unmatched',
  text: `
    INSERT INTO unmatched_event (${namesOf(COLUMNS)})
    SELECT producer_id, event_id, producer_kind, tenant_id, carrier_scac,
      ARRAY(SELECT json_array_elements_text(keys)), earlier_estimates, payload, received_at
    FROM (${rowsOf(COLUMNS)}) AS r
    ON CONFLICT (producer_id, event_id) DO UPDATE SET
      producer_kind = EXCLUDED.producer_kind,
      tenant_id = EXCLUDED.tenant_id,
      carrier_scac = EXCLUDED.carrier_scac,
      keys = EXCLUDED.keys,
      earlier_estimates = EXCLUDED.earlier_estimates,
      payload = EXCLUDED.payload,
      received_at = EXCLUDED.received_at`,
};
const IDENTITY: Columns<Pick<UnmatchedEvent, 'producerId' | 'eventID'>> = {
  producer_id: uuids(({ producerId }) => producerId),
  event_id: uuids(({ eventID }) => eventID),
};
const DELETE = {
  name: 'delete unmatched',
  text: `DELETE FROM unmatched_event WHERE (producer_id, event_id) IN (${rowsOf(IDENTITY)})`,
};

/** One producer's unmatched events of these ids, locked until the transaction ends. */
export async function lockUnmatched(
  sql: Statements,
  producerId: string,
  eventIDs: readonly string[],
): Promise<UnmatchedEvent[]> {
  return (await sql.run<Row>(LOCK, [producerId, uuidList(eventIDs)])).map(unmatchedEvent);
}

/** One producer's unmatched events of these ids. */
export async function findUnmatched(
  sql: Statements,
  producerId: string,
  eventIDs: readonly string[],
): Promise<UnmatchedEvent[]> {
  return (await sql.run<Row>(FIND, [producerId, uuidList(eventIDs)])).map(unmatchedEvent);
}

/** Unmatched events that are read at a time; each may be as large as an event may be. */
export const UNMATCHED_PAGE = 500;

/**
 * Unmatched events that have any of these keys and may affect the shipments of some tenants and carriers, locked until
 * the transaction ends: the next few after an event, in the order of producers and their ids.
 */
export async function lockUnmatchedByKeys(
  sql: Statements,
  keys: readonly string[],
  shipments: readonly { readonly tenantId: string; readonly carrierScac: string }[],
  after: Pick<UnmatchedEvent, 'producerId' | 'eventID'> | null,
): Promise<UnmatchedEvent[]> {
  const tenants = new Set(shipments.map(({ tenantId }) => tenantId));
  const carriers = new Set(shipments.map(({ carrierScac }) => carrierScac));
  const { producerId, eventID } = after ?? { producerId: FIRST, eventID: FIRST };
  const lists = [textList(keys), uuidList([...tenants]), textList([...carriers])];
  const values = [...lists, producerId, eventID, UNMATCHED_PAGE];
  return (await sql.run<Row>(LOCK_BY_KEYS, values)).map(unmatchedEvent);
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** Keeps events, each in place of an earlier version of itself. One statement. */
export function saveUnmatched(sql: Statements, events: readonly UnmatchedEvent[]): void {
  if (events.length === 0) return;
  sql.send(SAVE, listsOf(COLUMNS, events));
}

/** Forgets events that have found their shipment. One statement. */
export function deleteUnmatched(
  sql: Statements,
  events: readonly { readonly producerId: string; readonly eventID: string }[],
): void {
  if (events.length === 0) return;
  sql.send(DELETE, listsOf(IDENTITY, events));
}
