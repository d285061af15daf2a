-- The policies look at regions, too: the rows of a tenant that tenancy.tenant binds to a region are for callers with that
-- region alone. And a carrier's are told by a column instead of a look-up of all its invitations in each statement.
-- docs/row-level-security.md tells how it works and what it costs.

-- Written in PL/pgSQL, which keeps their plans: to put an SQL function's body into each statement and plan it there takes
-- longer than all that it does. Operators are looked for in pg_catalog first, whatever the search path.
CREATE FUNCTION caller.regions() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN coalesce(string_to_array(current_setting('app.regions', true), ','), '{}');
END $$;
COMMENT ON FUNCTION caller.regions() IS 'The regions whose data the caller may see; none when nobody is asking';

CREATE FUNCTION caller.home() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN NULLIF(current_setting('app.tenant', true), '')::uuid;
END $$;
COMMENT ON FUNCTION caller.home() IS 'The tenant that the caller works for, whether or not its data are within the caller''s regions';

CREATE OR REPLACE FUNCTION caller.tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  home uuid := NULLIF(current_setting('app.tenant', true), '')::uuid;
BEGIN
  IF EXISTS (SELECT FROM tenancy.tenant AS known WHERE known.id = home AND known.region <> ALL (caller.regions())) THEN
    RETURN NULL;
  END IF;
  RETURN home;
END $$;
COMMENT ON FUNCTION caller.tenant() IS
  'The tenant whose data the caller works on; null: nobody is asking, or they are bound to a region that the caller doesn''t have';

CREATE OR REPLACE FUNCTION caller.shipper() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN current_setting('app.organisation', true) = 'SHIPPER' THEN caller.tenant() END;
END $$;

CREATE OR REPLACE FUNCTION caller.carrier() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN current_setting('app.organisation', true) = 'CARRIER'
    THEN NULLIF(current_setting('app.carrier', true), '') END;
END $$;

CREATE FUNCTION caller.tenants_beyond() RETURNS SETOF uuid LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 AS $$
DECLARE
  reached text[] := caller.regions();
BEGIN
  RETURN QUERY SELECT known.id FROM tenancy.tenant AS known WHERE known.region <> ALL (reached);
END $$;
COMMENT ON FUNCTION caller.tenants_beyond() IS 'The tenants whose data are bound to a region that the caller doesn''t have';

-- The audit trail tells of callers who were refused for their region, too.
CREATE OR REPLACE FUNCTION audit.append(tenants uuid[], contents text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant uuid;
  head audit.chain;
  added text;
  recorded timestamptz(3);
  previous bytea;
BEGIN
  IF caller.home() <> ANY (tenants) THEN
    RAISE EXCEPTION 'an audit entry for another tenant than the caller''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- In one order, so that two that add to several chains never wait for each other.
  FOR tenant IN SELECT DISTINCT t FROM unnest(tenants) AS t ORDER BY t LOOP
    INSERT INTO audit.chain VALUES (tenant, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit.chain WHERE tenant_id = tenant FOR UPDATE;
    FOR added IN SELECT c FROM unnest(tenants, contents) WITH ORDINALITY AS given(t, c, place) WHERE t = tenant ORDER BY place
    LOOP
      recorded := date_trunc('milliseconds', clock_timestamp());
      previous := head.hash;
      head.length := head.length + 1;
      head.hash := sha256(convert_to(format('{"at":"%s","content":%s,"previous":"%s","sequence":%s,"tenant":"%s"}',
        to_char(recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), added, encode(previous, 'hex'), head.length,
        tenant), 'UTF8'));
      INSERT INTO audit.entry VALUES (tenant, head.length, recorded, added, previous, head.hash);
    END LOOP;
    UPDATE audit.chain SET length = head.length, hash = head.hash WHERE tenant_id = tenant;
  END LOOP;
END $$;

-- To whom a request is sent, beside the request and each of its lanes: a carrier may have thousands of invitations, and a
-- policy that looks them up pays for all of them, or once a row. No login may read or write the columns (login-roles.ts):
-- who else is invited isn't a carrier's business.
ALTER TABLE procurement.rfq ADD COLUMN sent_to text[] NOT NULL DEFAULT '{}';
ALTER TABLE procurement.lane ADD COLUMN sent_to text[] NOT NULL DEFAULT '{}';

CREATE FUNCTION procurement.keep_sent_to() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE procurement.rfq SET sent_to = told.carriers
  FROM (SELECT asked.id, ARRAY(SELECT carrier_scac FROM procurement.invitation
          WHERE rfq_id = asked.id AND sent_at IS NOT NULL ORDER BY 1) AS carriers
        FROM (SELECT DISTINCT rfq_id AS id FROM changed) AS asked) AS told
  WHERE rfq.id = told.id AND rfq.sent_to <> told.carriers;
  UPDATE procurement.lane SET sent_to = rfq.sent_to FROM procurement.rfq
  WHERE lane.rfq_id = rfq.id AND rfq.id IN (SELECT rfq_id FROM changed) AND lane.sent_to <> rfq.sent_to;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION procurement.keep_sent_to() IS 'Copies to a request and its lanes who has been sent an invitation';

CREATE TRIGGER sent_to_of_new AFTER INSERT ON procurement.invitation
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION procurement.keep_sent_to();
CREATE TRIGGER sent_to_after AFTER UPDATE ON procurement.invitation
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION procurement.keep_sent_to();
CREATE TRIGGER sent_to_before AFTER UPDATE ON procurement.invitation
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION procurement.keep_sent_to();
CREATE TRIGGER sent_to_of_old AFTER DELETE ON procurement.invitation
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION procurement.keep_sent_to();
CREATE TRIGGER sent_to_of_new AFTER INSERT ON procurement.lane
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION procurement.keep_sent_to();

-- What is there already, by the triggers.
UPDATE procurement.invitation SET sent_at = sent_at WHERE sent_at IS NOT NULL;

-- A carrier's rows, within its regions. `tenants_beyond` is looked up once a statement, and only when a row is the carrier's.
-- NULLIF (…, true) IS NOT NULL instead of NOT: the planner takes it to hold for nearly every row, which it does, instead of
-- for every other one, which for three tables in a statement made it expect a tenth of the rows and plan for these.
ALTER POLICY carrier ON procurement.rfq
  USING (state <> 'DRAFT' AND (SELECT caller.carrier()) = ANY (sent_to)
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
ALTER POLICY carrier_lock ON procurement.rfq
  USING (state <> 'DRAFT' AND (SELECT caller.carrier()) = ANY (sent_to)
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
ALTER POLICY carrier ON procurement.lane
  USING ((SELECT caller.carrier()) = ANY (sent_to)
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
DROP FUNCTION procurement.invited_to(), procurement.is_invited_to(uuid);

ALTER POLICY carrier ON procurement.invitation
  USING (carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
ALTER POLICY carrier_lock ON procurement.invitation
  USING (carrier_scac = (SELECT caller.carrier()) AND sent_at IS NOT NULL
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);

ALTER POLICY bidder ON procurement.bid
  USING (carrier_scac = (SELECT caller.carrier())
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
ALTER POLICY bidder_replaces ON procurement.bid
  USING (carrier_scac = (SELECT caller.carrier())
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);

ALTER POLICY carrier ON procurement.award
  USING (carrier_scac = (SELECT caller.carrier()) AND state = 'APPROVED'
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);

ALTER POLICY carrier ON procurement.booking
  USING (carrier_scac = (SELECT caller.carrier())
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
ALTER POLICY carrier_confirms ON procurement.booking
  USING (carrier_scac = (SELECT caller.carrier())
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);

ALTER POLICY carrier ON procurement.invoice
  USING (carrier_scac = (SELECT caller.carrier())
    AND NULLIF(tenant_id IN (SELECT caller.tenants_beyond()), true) IS NOT NULL);
-- What a carrier adds, a bid (bidder_offers) or an invoice (carrier_submits), is for a request or a booking that it sees.

-- The bids of a request are read together: one look-up each, without planning it each time. Operators are named in full, as
-- the function is run as its owner: a search path set for each call would take as long as the look-up.
CREATE OR REPLACE FUNCTION procurement.bidding_has_closed(rfq uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN EXISTS (SELECT FROM procurement.rfq AS known
    WHERE known.id OPERATOR(pg_catalog.=) bidding_has_closed.rfq
      AND known.bids_close_at OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp());
END $$;
