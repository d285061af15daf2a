-- Row-level security for what came with alerts, invoices and approvals; docs/row-level-security.md tells how it works.

-- What belongs to one tenant and is nobody else's business.
DO $$
DECLARE
  owned regclass;
BEGIN
  FOREACH owned IN ARRAY ARRAY['tracking.alert_rule', 'tracking.alert_tenant', 'tracking.alert_spread', 'tracking.alert_due',
    'tracking.alert_watch', 'tracking.alert']::regclass[]
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = (SELECT caller.tenant()))', owned);
  END LOOP;
END $$;

-- What is to be told may concern several tenants at once; a caller adds what is for its own alone, and reads nothing.
ALTER TABLE tracking.live_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE tracking.live_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tracking.live_outbox FOR INSERT WITH CHECK (
  (SELECT caller.tenant()) IS NOT NULL AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(messages::jsonb) AS message
    WHERE message ->> 'tenant' IS DISTINCT FROM (SELECT caller.tenant())::text));

-- What a shipper pays, and the carrier that asks for it; the same as subgraphs/procurement/visibility.ts.
ALTER TABLE procurement.invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE procurement.invoice FORCE ROW LEVEL SECURITY;

CREATE POLICY shipper ON procurement.invoice FOR SELECT USING (tenant_id = (SELECT caller.shipper()));

CREATE POLICY carrier ON procurement.invoice FOR SELECT USING (carrier_scac = (SELECT caller.carrier()));

-- Its own, for a booking that it has confirmed, to the tenant that booked.
CREATE POLICY carrier_submits ON procurement.invoice FOR INSERT
  WITH CHECK (carrier_scac = (SELECT caller.carrier()) AND EXISTS (SELECT FROM procurement.booking
    WHERE booking.id = invoice.booking_id AND booking.tenant_id = invoice.tenant_id
      AND booking.carrier_scac = invoice.carrier_scac AND booking.state = 'CONFIRMED'));

-- A carrier learns of an award when it is approved.
ALTER POLICY carrier ON procurement.award USING (carrier_scac = (SELECT caller.carrier()) AND state = 'APPROVED');
