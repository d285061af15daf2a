-- AlterEnum
ALTER TYPE "procurement"."award_state" ADD VALUE 'REJECTED';

-- DropIndex
DROP INDEX "procurement"."award_bid_id_key";

-- DropIndex
DROP INDEX "procurement"."award_lane_id_key";

-- AlterTable
ALTER TABLE "procurement"."award" ADD COLUMN     "rejected_at" TIMESTAMPTZ(3),
ADD COLUMN     "rejected_by" TEXT,
ADD COLUMN     "rejection_reason" TEXT;

-- A lane has one award that counts or may, and so has a bid; Prisma's schema can't express it. By the time instead of the new
-- state: that can't be used in the transaction that adds it.
CREATE UNIQUE INDEX "award_lane_id_key" ON "procurement"."award"("lane_id") WHERE "rejected_at" IS NULL;
CREATE UNIQUE INDEX "award_bid_id_key" ON "procurement"."award"("bid_id") WHERE "rejected_at" IS NULL;

-- What is rejected says by whom, when and why, and nothing else does.
ALTER TABLE "procurement"."award" ADD CONSTRAINT "award_rejected_with_reason"
    CHECK (num_nonnulls("rejected_by", "rejected_at", "rejection_reason") = CASE WHEN "state"::text = 'REJECTED' THEN 3 ELSE 0 END);
