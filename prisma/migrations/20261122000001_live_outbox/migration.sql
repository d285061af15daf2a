-- CreateTable
CREATE TABLE "tracking"."live_outbox" (
    "id" BIGSERIAL NOT NULL,
    "messages" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "live_outbox_pkey" PRIMARY KEY ("id")
);
