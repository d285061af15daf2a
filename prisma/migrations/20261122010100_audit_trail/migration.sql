-- The audit trail: what was refused, what of the sensitive was read, what was changed. docs/audit.md tells how it is
-- written and checked. It isn't in prisma/schema: nothing but these functions writes it.
CREATE SCHEMA audit;

-- One chain for each tenant, so that a tenant's can be handed over. The nil UUID's is about callers who aren't known.
-- By years, so that what need not be kept any longer can be detached as a whole; there is no other way to remove it.
CREATE TABLE audit.entry (
  tenant_id uuid NOT NULL,
  -- From 1, without gaps.
  sequence bigint NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  -- What happened: canonical JSON (RFC 8785).
  content text NOT NULL,
  -- The hash of the entry before; 32 zero bytes before the first.
  previous_hash bytea NOT NULL,
  -- SHA-256 over the canonical JSON of all of the above.
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, sequence, recorded_at)
) PARTITION BY RANGE (recorded_at);

-- Where each chain ends. Locked for as long as it takes to add to it.
CREATE TABLE audit.chain (
  tenant_id uuid PRIMARY KEY,
  length bigint NOT NULL,
  hash bytea NOT NULL
);

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is only ever added to: % of %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit.only_longer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.tenant_id <> OLD.tenant_id OR NEW.length <= OLD.length THEN
    RAISE EXCEPTION 'the audit trail is only ever added to: a chain can only become longer'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- Inherited by the partitions, except for TRUNCATE.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.entry EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE DELETE ON audit.chain FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.chain EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER only_longer BEFORE UPDATE ON audit.chain FOR EACH ROW EXECUTE FUNCTION audit.only_longer();

CREATE FUNCTION audit.guard(owned regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', owned);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', owned);
  EXECUTE format('CREATE POLICY tenant ON %s FOR SELECT USING (tenant_id = (SELECT caller.tenant()))', owned);
END $$;
SELECT audit.guard('audit.entry'), audit.guard('audit.chain');

-- Makes the partition of a year, unless it is there.
CREATE FUNCTION audit.ensure_year(year int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'entry_' || year;
BEGIN
  IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)', name,
    make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'), make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC'));
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.%I EXECUTE FUNCTION audit.refuse()', name);
  PERFORM audit.guard(('audit.' || name)::regclass);
END $$;
REVOKE EXECUTE ON FUNCTION audit.ensure_year(int), audit.guard(regclass) FROM PUBLIC;
SELECT audit.ensure_year(year) FROM generate_series(extract(year FROM now())::int, extract(year FROM now())::int + 1) AS year;

-- Adds entries, each to the chain of its tenant, in their order. Who adds in the name of a caller adds to that caller's
-- chain. Nobody else may write the tables, so this is the only way in: neither place nor hash is up to whoever adds.
CREATE FUNCTION audit.append(tenants uuid[], contents text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant uuid;
  head audit.chain;
  added text;
  recorded timestamptz(3);
  previous bytea;
BEGIN
  IF caller.tenant() <> ANY (tenants) THEN
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
REVOKE EXECUTE ON FUNCTION audit.append(uuid[], text[]) FROM PUBLIC;
