-- What is to be told is kept as it is published: in bundles of one topic and tenant. What an earlier version has left
-- may be of several tenants, so each of its messages becomes a bundle. What events have changed is told by their rows:
-- their ids are all that is kept.
DROP POLICY tenant ON "tracking"."live_outbox";
ALTER TABLE "tracking"."live_outbox"
  ADD COLUMN "bundles" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "events" UUID[] DEFAULT ARRAY[]::UUID[];
ALTER TABLE "tracking"."live_outbox"
  ALTER COLUMN "bundles" SET STORAGE EXTERNAL,
  ALTER COLUMN "events" SET STORAGE EXTERNAL,
  ALTER COLUMN "shipments" SET STORAGE EXTERNAL;
UPDATE "tracking"."live_outbox" SET "bundles" = ARRAY(
  SELECT '[' || message || ']' FROM json_array_elements("messages"::json) WITH ORDINALITY AS told (message, place)
  ORDER BY place);
ALTER TABLE "tracking"."live_outbox" DROP COLUMN "messages";
CREATE POLICY tenant ON tracking.live_outbox FOR INSERT WITH CHECK (
  (SELECT caller.tenant()) IS NOT NULL AND events = '{}' AND NOT EXISTS (
    SELECT FROM unnest(bundles) AS bundle, json_array_elements(bundle::json) AS message
    WHERE message ->> 'tenant' IS DISTINCT FROM (SELECT caller.tenant())::text));
