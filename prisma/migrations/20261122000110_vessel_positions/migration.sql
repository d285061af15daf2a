-- Never written. A speed and a course belong to what a vessel reports.
ALTER TABLE "tracking"."shipment" DROP COLUMN "course_degrees",
DROP COLUMN "speed_knots";

-- CreateTable
CREATE TABLE "tracking"."position_report" (
    "imo" INTEGER NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "latitude" DOUBLE PRECISION NOT NULL,
    "longitude" DOUBLE PRECISION NOT NULL,
    "speed_knots" REAL,
    "course_degrees" REAL,
    "heading_degrees" REAL,
    "navigational_status" SMALLINT,

    CONSTRAINT "position_report_pkey" PRIMARY KEY ("imo","observed_at")
) PARTITION BY RANGE ("observed_at");
SELECT partitions.manage('tracking.position_report', 'week');

-- CreateTable
CREATE TABLE "tracking"."vessel_position" (
    "imo" INTEGER NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "latitude" DOUBLE PRECISION NOT NULL,
    "longitude" DOUBLE PRECISION NOT NULL,
    "speed_knots" REAL,
    "course_degrees" REAL,
    "heading_degrees" REAL,
    "navigational_status" SMALLINT,

    CONSTRAINT "vessel_position_pkey" PRIMARY KEY ("imo")
) WITH (fillfactor = 50); -- rows are replaced all the time, each in its own page

-- CreateTable
CREATE TABLE "tracking"."vessel_told" (
    "imo" INTEGER NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "latitude" DOUBLE PRECISION NOT NULL,
    "longitude" DOUBLE PRECISION NOT NULL,
    "speed_knots" REAL,
    "course_degrees" REAL,
    "heading_degrees" REAL,
    "navigational_status" SMALLINT,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vessel_told_pkey" PRIMARY KEY ("imo")
) WITH (fillfactor = 50);

-- The shipments that a vessel which has moved carries. Prisma's schema can't express it.
CREATE INDEX "shipment_at_sea_idx" ON "tracking"."shipment"("vessel_imo") WHERE "status" = 'IN_TRANSIT';
