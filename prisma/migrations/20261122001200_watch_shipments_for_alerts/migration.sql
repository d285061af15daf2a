-- CreateTable
CREATE TABLE "tracking"."alert_rule" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "condition" JSONB NOT NULL,
    "scope" JSONB NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "version" INTEGER NOT NULL,
    "watching_since" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."alert_tenant" (
    "tenant_id" UUID NOT NULL,
    "rules" INTEGER NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "alert_tenant_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "tracking"."alert_spread" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "after" UUID NOT NULL,

    CONSTRAINT "alert_spread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."alert_due" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "shipment_id" UUID NOT NULL,
    "crossings" JSONB,
    "signal_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_due_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tracking"."alert_watch" (
    "shipment_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "history" JSONB NOT NULL,
    "signal_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_watch_pkey" PRIMARY KEY ("shipment_id")
);

-- CreateTable
CREATE TABLE "tracking"."alert" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "rule_id" UUID NOT NULL,
    "rule_version" INTEGER NOT NULL,
    "shipment_id" UUID NOT NULL,
    "cause" TEXT NOT NULL,
    "episode" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "severity" INTEGER NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "reason" JSONB NOT NULL,
    "summary" TEXT NOT NULL,
    "event_ids" UUID[],
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "detected_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ending" TEXT,
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by" TEXT,
    "snoozed_until" TIMESTAMPTZ(3),
    "snoozed_by" TEXT,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alert_rule_tenant_id_created_at_id_idx" ON "tracking"."alert_rule"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_spread_not_before_idx" ON "tracking"."alert_spread"("not_before");

-- CreateIndex
CREATE INDEX "alert_watch_due_at_idx" ON "tracking"."alert_watch"("due_at");

-- CreateIndex
CREATE INDEX "alert_tenant_id_detected_at_id_idx" ON "tracking"."alert"("tenant_id", "detected_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_tenant_id_state_detected_at_id_idx" ON "tracking"."alert"("tenant_id", "state", "detected_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alert_shipment_id_detected_at_id_idx" ON "tracking"."alert"("shipment_id", "detected_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "alert_rule_id_shipment_id_cause_episode_key" ON "tracking"."alert"("rule_id", "shipment_id", "cause", "episode");
