import { DEMO_TENANTS } from '#platform/auth/personas.ts';

const TENANTS = 5;
const SHIPMENTS = 1_000;
const EVENTS = 10;
const RFQS = 200;
const BIDS = 12;

/** The tenant that most is asked of; its data are bound to the region EU, as are those of two others. */
export const SHIPPER_TENANT = DEMO_TENANTS.aurora;

/**
 * SQL, for the database's owner, that fills the tables of tracking and procurement with rows of five tenants: for each a
 * thousand shipments with their containers, milestones, calls and events, and two hundred requests with lanes and bids.
 * The hundred newest shipments of each move under bookings of what was awarded. Ids of shipments and requests follow from
 * their place, so that all copies have the same.
 */
export const FREIGHT_ROWS = `
  CREATE FUNCTION pg_temp.id(text) RETURNS uuid LANGUAGE sql AS 'SELECT md5($1)::uuid';
  CREATE TEMP TABLE tenant AS SELECT n, CASE n WHEN 1 THEN '${SHIPPER_TENANT}' ELSE pg_temp.id('tenant' || n) END::uuid AS id
    FROM generate_series(1, ${TENANTS}) AS n;
  INSERT INTO tenancy.tenant SELECT id, CASE WHEN n < 4 THEN 'EU' ELSE 'US' END FROM tenant;
  INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, planned_departure,
      planned_arrival, created_at)
    SELECT pg_temp.id('s' || n || '-' || s), id, 'PO-' || s, (ARRAY['HLCU', 'ONEY', 'MAEU'])[1 + s % 3],
      (ARRAY['CNSHA', 'SGSIN', 'BRSSZ'])[1 + s % 3], (ARRAY['NLRTM', 'USLAX', 'DEHAM'])[1 + s % 3],
      now() - interval '3 days', now() + interval '30 days', now() - s * interval '1 minute'
    FROM tenant, generate_series(1, ${SHIPMENTS}) AS s;
  INSERT INTO tracking.container (id, tenant_id, shipment_id, equipment_reference)
    SELECT gen_random_uuid(), tenant_id, id, 'CSQU30543' || n FROM tracking.shipment, generate_series(10, 11) AS n;
  INSERT INTO tracking.milestone (tenant_id, shipment_id, ordinal, code, planned)
    SELECT tenant_id, id, n, 'GATE_IN', now() FROM tracking.shipment, generate_series(0, 7) AS n;
  INSERT INTO tracking.transport_call (id, tenant_id, shipment_id, transport_call_reference, sequence, un_location_code,
      mode_of_transport, departure_planned, arrival_planned)
    SELECT gen_random_uuid(), tenant_id, id, 'CALL-' || n, n, CASE n WHEN 1 THEN origin ELSE destination END, 'VESSEL',
      CASE n WHEN 1 THEN planned_departure END, CASE n WHEN 2 THEN planned_arrival END
    FROM tracking.shipment, generate_series(1, 2) AS n;
  INSERT INTO tracking.event (id, tenant_id, shipment_id, producer_id, event_id, event_type, event_classifier_code,
      event_type_code, event_date_time, event_created_date_time, payload)
    SELECT gen_random_uuid(), tenant_id, id, tenant_id, gen_random_uuid(), 'TRANSPORT', 'ACT', 'DEPA',
      now() - n * interval '1 hour', now(), '{"eventType":"TRANSPORT","eventClassifierCode":"ACT",
      "transportEventTypeCode":"DEPA","eventDateTime":"2026-05-04T10:00:00Z","eventCreatedDateTime":"2026-05-04T10:00:00Z",
      "transportCall":{"transportCallID":"x","modeOfTransport":"VESSEL","UNLocationCode":"CNSHA"}}'
    FROM tracking.shipment, generate_series(1, ${EVENTS}) AS n;
  INSERT INTO procurement.rfq (id, tenant_id, reference, title, state, incoterm, currency, bids_close_at, created_by,
      created_at, published_at)
    SELECT pg_temp.id('r' || n || '-' || r), id, 'RFQ-' || r, 'Bench',
      (ARRAY['DRAFT', 'PUBLISHED', 'PUBLISHED', 'PARTLY_AWARDED', 'AWARDED'])[1 + r % 5]::procurement.rfq_state, 'FOB', 'USD',
      now() - interval '1 hour', 'bench', now() - r * interval '1 day', CASE WHEN r % 5 > 0 THEN now() - r * interval '1 day' END
    FROM tenant, generate_series(1, ${RFQS}) AS r;
  INSERT INTO procurement.lane
    SELECT gen_random_uuid(), tenant_id, id, n, 'CNSHA', 'NLRTM', '45G1', 10, '2030-01-01', '2030-02-01'
    FROM procurement.rfq, generate_series(0, 2) AS n;
  INSERT INTO procurement.invitation
    SELECT gen_random_uuid(), tenant_id, id, scac, published_at
    FROM procurement.rfq, unnest(ARRAY['HLCU', 'ONEY', 'MAEU', 'CMDU']) WITH ORDINALITY AS carrier(scac, place)
    WHERE (abs(hashtext(rfq.id::text)) + place) % 2 = 0;
  INSERT INTO procurement.bid
    SELECT gen_random_uuid(), lane.tenant_id, lane.rfq_id, lane.id, carrier_scac, 1000 + n, 'USD', 30, 'REPLACED', 'bench',
      now() - n * interval '2 hours'
    FROM procurement.lane JOIN procurement.invitation USING (rfq_id), generate_series(1, ${BIDS} / 3) AS n
    WHERE sent_at IS NOT NULL;
  INSERT INTO procurement.award (id, tenant_id, rfq_id, lane_id, bid_id, carrier_scac, rate_per_container, currency,
      container_count, state, awarded_by, approved_by, approved_at)
    SELECT DISTINCT ON (lane_id) gen_random_uuid(), bid.tenant_id, rfq_id, lane_id, bid.id, carrier_scac,
      rate_per_container, 'USD', 10, 'APPROVED', 'bench', 'somebody else', now()
    FROM procurement.bid JOIN procurement.rfq ON rfq.id = rfq_id AND rfq.state = 'AWARDED' ORDER BY lane_id;
  INSERT INTO procurement.booking (id, tenant_id, award_id, carrier_scac, container_count, rate_per_container, currency,
      cargo_ready_on, shipment_id, requested_by)
    SELECT gen_random_uuid(), tenant_id, award.id, carrier_scac, 2, rate_per_container, 'USD', now(), shipment.id, 'bench'
    FROM (SELECT id, tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS place FROM tracking.shipment
        WHERE created_at >= now() - interval '100 minutes') AS shipment
      JOIN (SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS place FROM procurement.award) AS award
        USING (tenant_id, place);
  ANALYZE`;
