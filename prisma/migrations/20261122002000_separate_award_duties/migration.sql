-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "tenancy";

-- CreateEnum
CREATE TYPE "procurement"."award_state" AS ENUM ('PROPOSED', 'APPROVED');

-- CreateEnum
CREATE TYPE "procurement"."carrier_contact_role" AS ENUM ('BOOKING', 'CUSTOMER_SERVICE', 'SALES');

-- AlterTable
ALTER TABLE "procurement"."award" ADD COLUMN     "approved_at" TIMESTAMPTZ(3),
ADD COLUMN     "approved_by" TEXT,
ADD COLUMN     "state" "procurement"."award_state" NOT NULL DEFAULT 'PROPOSED';

-- Awards made before there were approvals stand.
UPDATE "procurement"."award" SET "state" = 'APPROVED', "approved_at" = "awarded_at";

-- Whoever proposed an award can't approve it, whatever the program above says. Prisma's schema can't express it.
ALTER TABLE "procurement"."award" ADD CONSTRAINT "award_approved_by_another"
    CHECK ("approved_by" IS NULL OR "approved_by" <> "awarded_by");

-- AlterTable
ALTER TABLE "procurement"."booking" ADD COLUMN     "cargo_value" DECIMAL(19,4),
ADD COLUMN     "cargo_value_currency" CHAR(3);

-- CreateTable
CREATE TABLE "procurement"."invoice" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "booking_id" UUID NOT NULL,
    "carrier_scac" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "amount" DECIMAL(19,4) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "due_on" DATE NOT NULL,
    "submitted_by" TEXT NOT NULL,
    "submitted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invoice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "procurement"."carrier_contact" (
    "carrier_scac" TEXT NOT NULL,
    "role" "procurement"."carrier_contact_role" NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "phone" TEXT,

    CONSTRAINT "carrier_contact_pkey" PRIMARY KEY ("carrier_scac","role","name")
);

-- Contacts move to where it is known who deals with whom.
INSERT INTO "procurement"."carrier_contact" ("carrier_scac", "role", "name", "email", "phone")
SELECT "carrier"."scac", "contact"."role"::text::"procurement"."carrier_contact_role", "contact"."name",
    "contact"."email", "contact"."phone"
FROM "carriers"."carrier_contact" AS "contact"
JOIN "carriers"."carrier" AS "carrier" ON "carrier"."id" = "contact"."carrier_id";

-- DropForeignKey
ALTER TABLE "carriers"."carrier_contact" DROP CONSTRAINT "carrier_contact_carrier_id_fkey";

-- DropTable
DROP TABLE "carriers"."carrier_contact";

-- DropEnum
DROP TYPE "carriers"."carrier_contact_role";

-- CreateTable
CREATE TABLE "tenancy"."tenant" (
    "id" UUID NOT NULL,
    "region" TEXT,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- Every login role may read which tenant's data are bound to a region; only the database's owner may say so.
GRANT USAGE ON SCHEMA "tenancy" TO PUBLIC;
GRANT SELECT ON "tenancy"."tenant" TO PUBLIC;

-- CreateIndex
CREATE INDEX "invoice_booking_id_idx" ON "procurement"."invoice"("booking_id");

-- CreateIndex
CREATE UNIQUE INDEX "invoice_carrier_scac_number_key" ON "procurement"."invoice"("carrier_scac", "number");

-- AddForeignKey
ALTER TABLE "procurement"."invoice" ADD CONSTRAINT "invoice_booking_id_fkey" FOREIGN KEY ("booking_id") REFERENCES "procurement"."booking"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
