-- Row-level security: the database shows a caller its own rows, whatever a query forgets to say. docs/row-level-security.md tells
-- how it works, docs/development.md what a migration that adds a tenant-owned table has to say.

-- As whom a statement is run. platform/database/caller-query.ts sends these settings together with each statement, local
-- to its transaction; afterwards they read '' instead of NULL, and both are nobody.
CREATE SCHEMA caller;
GRANT USAGE ON SCHEMA caller TO PUBLIC;

CREATE FUNCTION caller.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('app.tenant', true), '')::uuid;
COMMENT ON FUNCTION caller.tenant() IS 'The tenant that the caller works for; null: nobody is asking';

CREATE FUNCTION caller.shipper() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN current_setting('app.organisation', true) = 'SHIPPER' THEN caller.tenant() END;
COMMENT ON FUNCTION caller.shipper() IS 'The tenant of a caller who is a shipper; null: it is not';

CREATE FUNCTION caller.carrier() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN current_setting('app.organisation', true) = 'CARRIER'
  THEN NULLIF(current_setting('app.carrier', true), '') END;
COMMENT ON FUNCTION caller.carrier() IS 'The SCAC of a caller who is a carrier; null: it is not';

-- Every call of these stands in a sub-select, so that it is made once a statement and not once a row.

-- What belongs to one tenant and is nobody else's business.
DO $$
DECLARE
  owned regclass;
BEGIN
  FOREACH owned IN ARRAY ARRAY['tracking.shipment', 'tracking.container', 'tracking.transport_call', 'tracking.milestone',
    'tracking.event', 'tracking.unmatched_event', 'tracking.idempotency_key', 'procurement.idempotency_key']::regclass[]
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = (SELECT caller.tenant()))', owned);
  END LOOP;
END $$;

-- Buying is between a shipper, whose tenant_id the rows have, and the carriers that it invites. The policies mirror
-- subgraphs/procurement/visibility.ts. Where one depends on another table it asks a function, which reads past that
-- table's policies: they would all have to be planned with each statement. Their bodies are parsed here and now, so no
-- search path changes what they mean.
CREATE FUNCTION procurement.invited_to() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
  SELECT rfq_id FROM procurement.invitation WHERE carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL;
END;
COMMENT ON FUNCTION procurement.invited_to() IS 'The published requests that the calling carrier is invited to';

CREATE FUNCTION procurement.is_invited_to(rfq uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
RETURN EXISTS (SELECT FROM procurement.invitation
  WHERE rfq_id = is_invited_to.rfq AND carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL);
COMMENT ON FUNCTION procurement.is_invited_to(uuid) IS 'Whether the calling carrier is, and the request published';

CREATE FUNCTION procurement.bidding_has_closed(rfq uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
RETURN EXISTS (SELECT FROM procurement.rfq AS known
  WHERE known.id = bidding_has_closed.rfq AND known.bids_close_at <= clock_timestamp());

DO $$
DECLARE
  shared regclass;
BEGIN
  FOREACH shared IN ARRAY ARRAY['procurement.rfq', 'procurement.lane', 'procurement.invitation', 'procurement.bid',
    'procurement.award', 'procurement.booking']::regclass[]
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', shared);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', shared);
  END LOOP;
  FOREACH shared IN ARRAY ARRAY['procurement.rfq', 'procurement.lane', 'procurement.invitation', 'procurement.award',
    'procurement.booking']::regclass[]
  LOOP
    EXECUTE format('CREATE POLICY shipper ON %s USING (tenant_id = (SELECT caller.shipper()))', shared);
  END LOOP;
END $$;

-- A carrier's own invitations, once they are sent: until then the request is a draft.
CREATE POLICY carrier ON procurement.invitation FOR SELECT
  USING (carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL);

-- To bid is to lock one's invitation, and the request against a change. To lock is not to change: nothing passes the check.
CREATE POLICY carrier_lock ON procurement.invitation FOR UPDATE
  USING (carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL) WITH CHECK (false);

CREATE POLICY carrier ON procurement.rfq FOR SELECT
  USING (state <> 'DRAFT' AND id IN (SELECT procurement.invited_to()));

CREATE POLICY carrier_lock ON procurement.rfq FOR UPDATE
  USING (state <> 'DRAFT' AND procurement.is_invited_to(id)) WITH CHECK (false);

CREATE POLICY carrier ON procurement.lane FOR SELECT USING (rfq_id IN (SELECT procurement.invited_to()));

-- Sealed until bidding has closed, by this very clock; then the shipper's, who decides and changes no more than that.
CREATE POLICY shipper ON procurement.bid FOR SELECT
  USING (tenant_id = (SELECT caller.shipper()) AND procurement.bidding_has_closed(rfq_id));

CREATE POLICY shipper_decides ON procurement.bid FOR UPDATE
  USING (tenant_id = (SELECT caller.shipper()) AND procurement.bidding_has_closed(rfq_id));

CREATE POLICY bidder ON procurement.bid FOR SELECT USING (carrier_scac = (SELECT caller.carrier()));

CREATE POLICY bidder_replaces ON procurement.bid FOR UPDATE USING (carrier_scac = (SELECT caller.carrier()));

-- Its own bid, for a lane of a request that it is invited to, decided in this transaction and before bidding closes.
CREATE POLICY bidder_offers ON procurement.bid FOR INSERT
  WITH CHECK (carrier_scac = (SELECT caller.carrier())
    AND submitted_at >= date_trunc('milliseconds', transaction_timestamp())
    AND EXISTS (SELECT FROM procurement.lane JOIN procurement.rfq ON rfq.id = lane.rfq_id
      WHERE lane.id = bid.lane_id AND rfq.id = bid.rfq_id AND rfq.tenant_id = bid.tenant_id
        AND rfq.currency = bid.currency AND bid.submitted_at < rfq.bids_close_at));

CREATE POLICY carrier ON procurement.award FOR SELECT USING (carrier_scac = (SELECT caller.carrier()));

CREATE POLICY carrier ON procurement.booking FOR SELECT USING (carrier_scac = (SELECT caller.carrier()));

CREATE POLICY carrier_confirms ON procurement.booking FOR UPDATE USING (carrier_scac = (SELECT caller.carrier()));

-- A shipper that decides too early is told when bidding closes. To find the request it needs to know no more of the bid.
CREATE FUNCTION procurement.rfq_of_bid(bid uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
RETURN (SELECT known.rfq_id FROM procurement.bid AS known
  WHERE known.id = rfq_of_bid.bid AND known.tenant_id = (SELECT caller.shipper()));
