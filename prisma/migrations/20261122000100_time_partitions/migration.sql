-- Tables partitioned by time: who makes the partitions, and where they are.
--
-- The partitions live in a schema of their own, in which no login role has a privilege on any table: whoever reads or
-- writes goes through the partitioned table, with its privileges and its row-level security. Prisma sees the
-- partitioned table alone.
--
-- A migration makes a table partitioned by RANGE over one timestamptz column and hands it over:
--   SELECT partitions.manage('tracking.position', 'week');
-- From then on a role that may delete from the table may call partitions.maintain for it.
CREATE SCHEMA partitions;
GRANT USAGE ON SCHEMA partitions TO PUBLIC;

CREATE TABLE partitions.managed (
    parent regclass PRIMARY KEY,
    width text NOT NULL CHECK (width IN ('day', 'week', 'month', 'quarter')),
    key_column name NOT NULL,
    default_partition regclass NOT NULL
);

-- The ranges of a table's partitions, the default partition left out.
CREATE FUNCTION partitions.ranges(parent regclass)
RETURNS TABLE (partition regclass, lower timestamptz, upper timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
AS $$
  SELECT child.oid::regclass,
    coalesce(substring(bound FROM $re$FROM \('([^']+)'\)$re$)::timestamptz, '-infinity'),
    coalesce(substring(bound FROM $re$TO \('([^']+)'\)$re$)::timestamptz, 'infinity')
  FROM pg_inherits
  JOIN pg_class AS child ON child.oid = inhrelid
  CROSS JOIN LATERAL pg_get_expr(child.relpartbound, child.oid) AS bound
  WHERE inhparent = parent AND bound <> 'DEFAULT'
$$;

-- Hands a partitioned table over, and gives it a default partition, so that no row is ever refused. For migrations.
CREATE FUNCTION partitions.manage(parent regclass, width text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  key_column name;
  default_name text;
BEGIN
  SELECT attname INTO key_column
  FROM pg_partitioned_table
  JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
  WHERE partrelid = parent AND partstrat = 'r' AND partnatts = 1 AND atttypid = 'timestamptz'::regtype;
  IF NOT FOUND THEN
    RAISE EXCEPTION '% is not partitioned by RANGE over one timestamptz column', parent
      USING ERRCODE = 'wrong_object_type';
  END IF;
  SELECT format('%s_%s_default', nspname, relname) INTO default_name
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = parent;
  EXECUTE format('CREATE TABLE partitions.%I PARTITION OF %s DEFAULT', default_name, parent);
  INSERT INTO partitions.managed
  VALUES (parent, width, key_column, format('partitions.%I', default_name)::regclass);
END
$$;
REVOKE EXECUTE ON FUNCTION partitions.manage(regclass, text) FROM PUBLIC;

-- Makes the partition of a range. Rows that are in the default partition move into it. Those who write wait until it is
-- done: a row on its way into the default partition would be refused there once its range has a partition of its own.
CREATE FUNCTION partitions.make(managed partitions.managed, lower timestamptz, upper timestamptz)
RETURNS TABLE (name text, moved bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
AS $$
DECLARE
  columns text;
BEGIN
  SELECT format('%s_%s_%s', nspname, relname, to_char(lower, 'YYYYMMDD')) INTO name
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = managed.parent;
  SELECT string_agg(quote_ident(attname), ', ') INTO columns
  FROM pg_attribute
  WHERE attrelid = managed.parent AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', managed.parent);
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', managed.default_partition);
  EXECUTE format('CREATE TABLE partitions.%I (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY
    EXCLUDING STATISTICS EXCLUDING COMMENTS)', name, managed.parent);
  EXECUTE format('WITH moved AS (DELETE FROM %s WHERE %I >= %L AND %2$I < %4$L RETURNING %s)
    INSERT INTO partitions.%I (%5$s) SELECT * FROM moved',
    managed.default_partition, managed.key_column, lower, upper, columns, name);
  GET DIAGNOSTICS moved = ROW_COUNT;
  -- Indexes and foreign keys come with it.
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
    managed.parent, name, lower, upper);
  RETURN NEXT;
END
$$;
REVOKE EXECUTE ON FUNCTION partitions.make(partitions.managed, timestamptz, timestamptz) FROM PUBLIC;

-- One step of what is to be done for a table, so that a transaction holds no more locks than that step needs: makes
-- the next partition that is missing until `at` + `ahead`; or one for rows of the default partition; or drops the
-- oldest partition that ended before `at` - `keep`; or deletes some rows of the default partition that are older.
-- No row when there is nothing left to do.
--
-- It waits a quarter of a second for a lock at most, others' statements on the table not much longer for it; then it
-- fails with lock_not_available, and is called again later. Calls for one table take turns.
CREATE FUNCTION partitions.maintain(table_name text, ahead interval, keep interval, at timestamptz DEFAULT now())
RETURNS TABLE (action text, partition text, rows bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '250ms'
AS $$
DECLARE
  managed partitions.managed;
  oldest timestamptz := coalesce(at - keep, '-infinity');
  step interval;
  moment timestamptz;
  lower timestamptz;
  upper timestamptz;
BEGIN
  SELECT m.* INTO managed FROM partitions.managed AS m WHERE m.parent = to_regclass(table_name);
  -- Whoever may delete rows may drop them.
  IF NOT FOUND OR NOT has_table_privilege(session_user, managed.parent, 'DELETE') THEN
    RAISE EXCEPTION '% may not maintain the partitions of %, or there are none', session_user, table_name
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF at IS NULL OR ahead IS NULL OR at + ahead < at OR oldest >= at THEN
    RAISE EXCEPTION 'expected an instant, ahead (%) of at least nothing and keep (%) above nothing', ahead, keep
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  step := CASE managed.width WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || managed.width)::interval END;
  PERFORM pg_advisory_xact_lock(7252012, managed.parent::oid::bigint::bit(32)::int);

  moment := date_trunc(managed.width, at);
  LOOP
    SELECT r.upper INTO upper FROM partitions.ranges(managed.parent) AS r WHERE r.lower <= moment AND moment < r.upper;
    EXIT WHEN NOT FOUND;
    moment := upper;
  END LOOP;
  IF moment > at + ahead THEN
    EXECUTE format('SELECT min(%I) FROM %s WHERE %1$I >= $1 AND %1$I <= $2',
      managed.key_column, managed.default_partition) INTO moment USING oldest, at + ahead;
  END IF;
  IF moment IS NOT NULL THEN
    -- Where the width has been another one, what is free of the period.
    SELECT greatest(date_trunc(managed.width, moment), max(r.upper) FILTER (WHERE r.upper <= moment)),
      least(date_trunc(managed.width, moment) + step, min(r.lower) FILTER (WHERE r.lower > moment))
    INTO lower, upper FROM partitions.ranges(managed.parent) AS r;
    RETURN QUERY SELECT 'made', made.name, made.moved FROM partitions.make(managed, lower, upper) AS made;
    RETURN;
  END IF;

  SELECT r.partition::text INTO partition FROM partitions.ranges(managed.parent) AS r
  WHERE r.upper <= oldest ORDER BY r.upper LIMIT 1;
  IF FOUND THEN
    -- Not DETACH CONCURRENTLY: Postgres has none for tables with a default partition. Nobody writes to a partition this
    -- old; its table is locked for as long as the catalogs change.
    EXECUTE format('DROP TABLE %s', partition);
    action := 'dropped';
    rows := 0;
    RETURN NEXT;
    RETURN;
  END IF;

  EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE %I < $1 LIMIT 10000))',
    managed.default_partition, managed.key_column) USING oldest;
  GET DIAGNOSTICS rows = ROW_COUNT;
  IF rows > 0 THEN
    action := 'deleted';
    partition := managed.default_partition::text;
    RETURN NEXT;
  END IF;
END
$$;
