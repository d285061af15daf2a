-- The events become a table partitioned by time, with the timeline of a shipment as its primary key. Only (id) and
-- (producer_id, event_id) are looked up beside it. No foreign key: a row is written under the lock of its shipment, and
-- a check of each would cost more than the row. That an event is at a shipment once is kept by the lock of its identity.
ALTER TABLE "tracking"."event" RENAME TO "event_unpartitioned";
ALTER TABLE "tracking"."event_unpartitioned" RENAME CONSTRAINT "event_pkey" TO "event_unpartitioned_pkey";
DROP INDEX "tracking"."event_shipment_id_event_date_time_id_idx";
DROP INDEX "tracking"."event_producer_id_event_id_idx";

CREATE TABLE "tracking"."event" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "shipment_id" UUID NOT NULL,
    "producer_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "event_type" TEXT NOT NULL,
    "event_classifier_code" TEXT NOT NULL,
    "event_type_code" TEXT NOT NULL,
    "event_date_time" TIMESTAMPTZ(3) NOT NULL,
    "event_created_date_time" TIMESTAMPTZ(3) NOT NULL,
    "event_updated_date_time" TIMESTAMPTZ(3),
    "is_retracted" BOOLEAN NOT NULL DEFAULT false,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "earlier_estimates" JSONB,
    "payload" JSONB NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("tenant_id","shipment_id","event_date_time","id")
) PARTITION BY RANGE ("event_date_time");
CREATE INDEX "event_id_idx" ON "tracking"."event"("id");
CREATE INDEX "event_producer_id_event_id_idx" ON "tracking"."event"("producer_id", "event_id");

SELECT partitions.manage('tracking.event', 'quarter');
-- A year ahead, and what the events that are there need.
INSERT INTO "tracking"."event"
SELECT "id", "tenant_id", "shipment_id", "producer_id", "event_id", "event_type", "event_classifier_code",
  "event_type_code", "event_date_time", "event_created_date_time", "event_updated_date_time", "is_retracted",
  "received_at", NULL, "payload"
FROM "tracking"."event_unpartitioned";
DO $$
BEGIN
  LOOP
    PERFORM FROM partitions.maintain('tracking.event', interval '1 year', NULL);
    EXIT WHEN NOT FOUND;
  END LOOP;
END
$$;
DROP TABLE "tracking"."event_unpartitioned";

-- What is written again with every batch stays on its page.
ALTER TABLE "tracking"."shipment" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "tracking"."shipment" SET (fillfactor = 70);
ALTER TABLE "tracking"."milestone" SET (fillfactor = 70);
ALTER TABLE "tracking"."transport_call" SET (fillfactor = 70);

ALTER TABLE "tracking"."unmatched_event" ADD COLUMN "earlier_estimates" JSONB;
CREATE INDEX "unmatched_event_producer_id_received_at_idx" ON "tracking"."unmatched_event"("producer_id", "received_at");
CREATE INDEX "unmatched_event_received_at_idx" ON "tracking"."unmatched_event"("received_at");
CREATE INDEX "idempotency_key_created_at_idx" ON "tracking"."idempotency_key"("created_at");

-- Written once, read once, then deleted: not worth compressing.
ALTER TABLE "tracking"."live_outbox"
  ALTER COLUMN "messages" TYPE TEXT USING "messages"::text,
  ALTER COLUMN "messages" SET STORAGE EXTERNAL,
  ALTER COLUMN "created_at" SET DEFAULT clock_timestamp(),
  ADD COLUMN "batch" UUID NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN "shipments" UUID[] DEFAULT ARRAY[]::UUID[];
CREATE UNIQUE INDEX "live_outbox_batch_key" ON "tracking"."live_outbox"("batch");
