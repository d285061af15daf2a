-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "carriers";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "procurement";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "tracking";

-- CreateEnum
CREATE TYPE "carriers"."carrier_contact_role" AS ENUM ('BOOKING', 'CUSTOMER_SERVICE', 'SALES');

-- CreateEnum
CREATE TYPE "procurement"."rfq_state" AS ENUM ('DRAFT', 'PUBLISHED', 'PARTLY_AWARDED', 'AWARDED');

-- CreateEnum
CREATE TYPE "procurement"."bid_state" AS ENUM ('SUBMITTED', 'REPLACED', 'AWARDED', 'LOST');

-- CreateEnum
CREATE TYPE "procurement"."booking_state" AS ENUM ('REQUESTED', 'CONFIRMED');

-- CreateEnum
CREATE TYPE "tracking"."shipment_status" AS ENUM ('BOOKED', 'GATED_IN', 'LOADED', 'IN_TRANSIT', 'AT_TRANSSHIPMENT', 'ARRIVED', 'DISCHARGED', 'DELIVERED', 'CANCELLED');

-- CreateTable
CREATE TABLE "carriers"."carrier" (
    "id" UUID NOT NULL,
    "scac" TEXT NOT NULL,
    "smdg_code" TEXT,
    "name" TEXT NOT NULL,
    "search_name" TEXT NOT NULL,
    "country_code" TEXT,

    CONSTRAINT "carrier_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "carriers"."carrier_contact" (
    "carrier_id" UUID NOT NULL,
    "role" "carriers"."carrier_contact_role" NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "phone" TEXT,

    CONSTRAINT "carrier_contact_pkey" PRIMARY KEY ("carrier_id","role","name")
);

-- CreateTable
CREATE TABLE "carriers"."port" (
    "unlocode" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "search_name" TEXT NOT NULL,
    "country_code" TEXT NOT NULL,
    "province" TEXT,
    "latitude" DOUBLE PRECISION,
    "longitude" DOUBLE PRECISION,
    "time_zone" TEXT,

    CONSTRAINT "port_pkey" PRIMARY KEY ("unlocode")
);

-- CreateTable
CREATE TABLE "carriers"."port_alias_code" (
    "code" TEXT NOT NULL,
    "unlocode" TEXT NOT NULL,

    CONSTRAINT "port_alias_code_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "carriers"."port_alias_name" (
    "unlocode" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "search_name" TEXT NOT NULL,

    CONSTRAINT "port_alias_name_pkey" PRIMARY KEY ("unlocode","name")
);

-- CreateTable
CREATE TABLE "carriers"."vessel" (
    "imo" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "search_name" TEXT NOT NULL,
    "flag" TEXT,
    "capacity_teu" INTEGER,
    "service_speed_knots" DOUBLE PRECISION,
    "operator_id" UUID,

    CONSTRAINT "vessel_pkey" PRIMARY KEY ("imo")
);

-- CreateTable
CREATE TABLE "procurement"."rfq" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "state" "procurement"."rfq_state" NOT NULL DEFAULT 'DRAFT',
    "incoterm" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "bids_close_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "rfq_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."lane" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "rfq_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "origin" TEXT NOT NULL,
    "destination" TEXT NOT NULL,
    "iso_equipment_code" TEXT NOT NULL,
    "container_count" INTEGER NOT NULL,
    "load_from" DATE NOT NULL,
    "load_until" DATE NOT NULL,

    CONSTRAINT "lane_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."invitation" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "rfq_id" UUID NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."bid" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "rfq_id" UUID NOT NULL,
    "lane_id" UUID NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "rate_per_container" DECIMAL(19,4) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "transit_days" INTEGER NOT NULL,
    "state" "procurement"."bid_state" NOT NULL DEFAULT 'SUBMITTED',
    "submitted_by" TEXT NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bid_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."award" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "rfq_id" UUID NOT NULL,
    "lane_id" UUID NOT NULL,
    "bid_id" UUID NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "rate_per_container" DECIMAL(19,4) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "container_count" INTEGER NOT NULL,
    "awarded_by" TEXT NOT NULL,
    "awarded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "award_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."booking" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "award_id" UUID NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "container_count" INTEGER NOT NULL,
    "rate_per_container" DECIMAL(19,4) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "cargo_ready_on" DATE NOT NULL,
    "state" "procurement"."booking_state" NOT NULL DEFAULT 'REQUESTED',
    "carrier_booking_reference" TEXT,
    "shipment_id" UUID,
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(3),

    CONSTRAINT "booking_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."idempotency_key" (
    "tenant_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("tenant_id","subject","key")
);

-- CreateTable
CREATE TABLE "tracking"."shipment" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "reference" TEXT NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "destination" TEXT NOT NULL,
    "carrier_booking_reference" TEXT,
    "transport_document_reference" TEXT,
    "planned_departure" TIMESTAMPTZ(3),
    "planned_arrival" TIMESTAMPTZ(3),
    "status" "tracking"."shipment_status" NOT NULL DEFAULT 'BOOKED',
    "vessel_imo" TEXT,
    "latitude" DOUBLE PRECISION,
    "longitude" DOUBLE PRECISION,
    "position_observed_at" TIMESTAMPTZ(3),
    "speed_knots" DOUBLE PRECISION,
    "course_degrees" DOUBLE PRECISION,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shipment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."container" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "shipment_id" UUID NOT NULL,
    "equipment_reference" TEXT NOT NULL,
    "iso_equipment_code" TEXT,
    "cargo_weight_kg" INTEGER,

    CONSTRAINT "container_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."transport_call" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "shipment_id" UUID NOT NULL,
    "transport_call_reference" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "un_location_code" TEXT,
    "facility_type_code" TEXT,
    "mode_of_transport" TEXT NOT NULL,
    "vessel_imo" TEXT,
    "export_voyage_number" TEXT,
    "import_voyage_number" TEXT,
    "carrier_service_code" TEXT,
    "arrival_planned" TIMESTAMPTZ(3),
    "arrival_estimated" TIMESTAMPTZ(3),
    "arrival_actual" TIMESTAMPTZ(3),
    "departure_planned" TIMESTAMPTZ(3),
    "departure_estimated" TIMESTAMPTZ(3),
    "departure_actual" TIMESTAMPTZ(3),

    CONSTRAINT "transport_call_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."milestone" (
    "tenant_id" UUID NOT NULL,
    "shipment_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "un_location_code" TEXT,
    "planned" TIMESTAMPTZ(3),
    "estimated" TIMESTAMPTZ(3),
    "actual" TIMESTAMPTZ(3),

    CONSTRAINT "milestone_pkey" PRIMARY KEY ("shipment_id","ordinal")
);

-- CreateTable
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
    "payload" JSONB NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."unmatched_event" (
    "producer_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "producer_kind" TEXT NOT NULL,
    "tenant_id" UUID,
    "carrier_scac" TEXT,
    "keys" TEXT[],
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "unmatched_event_pkey" PRIMARY KEY ("producer_id","event_id")
);

-- CreateTable
CREATE TABLE "tracking"."idempotency_key" (
    "tenant_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("tenant_id","subject","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "carrier_scac_key" ON "carriers"."carrier"("scac");

-- CreateIndex
CREATE UNIQUE INDEX "carrier_smdg_code_key" ON "carriers"."carrier"("smdg_code");

-- CreateIndex
CREATE INDEX "port_alias_code_unlocode_idx" ON "carriers"."port_alias_code"("unlocode");

-- CreateIndex
CREATE INDEX "vessel_operator_id_idx" ON "carriers"."vessel"("operator_id");

-- CreateIndex
CREATE INDEX "rfq_tenant_id_created_at_id_idx" ON "procurement"."rfq"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "rfq_tenant_id_reference_key" ON "procurement"."rfq"("tenant_id", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "lane_rfq_id_ordinal_key" ON "procurement"."lane"("rfq_id", "ordinal");

-- CreateIndex
CREATE INDEX "invitation_carrier_scac_rfq_id_idx" ON "procurement"."invitation"("carrier_scac", "rfq_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_rfq_id_carrier_scac_key" ON "procurement"."invitation"("rfq_id", "carrier_scac");

-- CreateIndex
CREATE INDEX "bid_lane_id_carrier_scac_idx" ON "procurement"."bid"("lane_id", "carrier_scac");

-- CreateIndex
CREATE INDEX "bid_rfq_id_submitted_at_id_idx" ON "procurement"."bid"("rfq_id", "submitted_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "award_lane_id_key" ON "procurement"."award"("lane_id");

-- CreateIndex
CREATE UNIQUE INDEX "award_bid_id_key" ON "procurement"."award"("bid_id");

-- CreateIndex
CREATE INDEX "award_rfq_id_idx" ON "procurement"."award"("rfq_id");

-- CreateIndex
CREATE INDEX "booking_tenant_id_requested_at_id_idx" ON "procurement"."booking"("tenant_id", "requested_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "booking_carrier_scac_requested_at_id_idx" ON "procurement"."booking"("carrier_scac", "requested_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "booking_award_id_idx" ON "procurement"."booking"("award_id");

-- CreateIndex
CREATE UNIQUE INDEX "booking_tenant_id_shipment_id_key" ON "procurement"."booking"("tenant_id", "shipment_id");

-- CreateIndex
CREATE INDEX "shipment_tenant_id_created_at_id_idx" ON "tracking"."shipment"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "shipment_carrier_booking_reference_idx" ON "tracking"."shipment"("carrier_booking_reference");

-- CreateIndex
CREATE INDEX "shipment_transport_document_reference_idx" ON "tracking"."shipment"("transport_document_reference");

-- CreateIndex
CREATE UNIQUE INDEX "shipment_tenant_id_reference_key" ON "tracking"."shipment"("tenant_id", "reference");

-- CreateIndex
CREATE INDEX "container_equipment_reference_idx" ON "tracking"."container"("equipment_reference");

-- CreateIndex
CREATE UNIQUE INDEX "container_shipment_id_equipment_reference_key" ON "tracking"."container"("shipment_id", "equipment_reference");

-- CreateIndex
CREATE UNIQUE INDEX "transport_call_shipment_id_transport_call_reference_key" ON "tracking"."transport_call"("shipment_id", "transport_call_reference");

-- CreateIndex
CREATE INDEX "event_shipment_id_event_date_time_id_idx" ON "tracking"."event"("shipment_id", "event_date_time" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "event_producer_id_event_id_idx" ON "tracking"."event"("producer_id", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "event_tenant_id_shipment_id_producer_id_event_id_key" ON "tracking"."event"("tenant_id", "shipment_id", "producer_id", "event_id");

-- CreateIndex
CREATE INDEX "unmatched_event_keys_idx" ON "tracking"."unmatched_event" USING GIN ("keys");

-- AddForeignKey
ALTER TABLE "carriers"."carrier_contact" ADD CONSTRAINT "carrier_contact_carrier_id_fkey" FOREIGN KEY ("carrier_id") REFERENCES "carriers"."carrier"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "carriers"."port_alias_code" ADD CONSTRAINT "port_alias_code_unlocode_fkey" FOREIGN KEY ("unlocode") REFERENCES "carriers"."port"("unlocode") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "carriers"."port_alias_name" ADD CONSTRAINT "port_alias_name_unlocode_fkey" FOREIGN KEY ("unlocode") REFERENCES "carriers"."port"("unlocode") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "carriers"."vessel" ADD CONSTRAINT "vessel_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "carriers"."carrier"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."lane" ADD CONSTRAINT "lane_rfq_id_fkey" FOREIGN KEY ("rfq_id") REFERENCES "procurement"."rfq"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."invitation" ADD CONSTRAINT "invitation_rfq_id_fkey" FOREIGN KEY ("rfq_id") REFERENCES "procurement"."rfq"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."bid" ADD CONSTRAINT "bid_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "procurement"."lane"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."award" ADD CONSTRAINT "award_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "procurement"."lane"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."award" ADD CONSTRAINT "award_bid_id_fkey" FOREIGN KEY ("bid_id") REFERENCES "procurement"."bid"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "procurement"."booking" ADD CONSTRAINT "booking_award_id_fkey" FOREIGN KEY ("award_id") REFERENCES "procurement"."award"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking"."container" ADD CONSTRAINT "container_shipment_id_fkey" FOREIGN KEY ("shipment_id") REFERENCES "tracking"."shipment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking"."transport_call" ADD CONSTRAINT "transport_call_shipment_id_fkey" FOREIGN KEY ("shipment_id") REFERENCES "tracking"."shipment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking"."milestone" ADD CONSTRAINT "milestone_shipment_id_fkey" FOREIGN KEY ("shipment_id") REFERENCES "tracking"."shipment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tracking"."event" ADD CONSTRAINT "event_shipment_id_fkey" FOREIGN KEY ("shipment_id") REFERENCES "tracking"."shipment"("id") ON DELETE CASCADE ON UPDATE CASCADE;
