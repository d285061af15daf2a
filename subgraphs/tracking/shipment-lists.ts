import { badUserInput, fault } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import {
  decodeCursor,
  encodeCursor,
  isInstant,
  isUuid,
  pageSize,
  toConnection,
} from '#platform/graphql/connection.ts';
import type { Connection } from '#platform/graphql/connection.ts';
import type { Shipment } from '#prisma/generated/client.ts';
import type { TrackingContext } from './context.ts';
import { codesOfPlace } from './port-aliases.ts';
import { scacFault } from './shipment-input.ts';
import type { ShipmentStatus } from './shipment-status.ts';
import type { TrackingEvent } from './tracking-event.ts';
import { unLocodeFault } from './un-locode.ts';

export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

export interface ShipmentFilter {
  readonly status?: readonly ShipmentStatus[] | null;
  readonly carrierScac?: string | null;
  readonly origin?: string | null;
  readonly destination?: string | null;
}

/** Arguments that a client leaves out are undefined, those that it leaves empty null. */
function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/**
 * A page of the tenant's shipments, newest first.
 *
 * @throws {ApiError} BAD_USER_INPUT
 */
export async function listShipments(
  { caller, database }: TrackingContext,
  { first, after }: PageArguments,
  filter: ShipmentFilter,
): Promise<Connection<Shipment>> {
  const size = pageSize(first);
  const [createdAt, id] = decodeCursor(after, isInstant, isUuid) ?? [];
  const { status, carrierScac, origin, destination } = checked(filter);
  const rows = await database.prisma.shipment.findMany({
    where: {
      tenantId: caller.tenant,
      ...(isMissing(status) ? {} : { status: { in: [...status] } }),
      ...(isMissing(carrierScac) ? {} : { carrierScac }),
      ...(isMissing(origin) ? {} : { origin: { in: codesOfPlace(origin) } }),
      ...(isMissing(destination) ? {} : { destination: { in: codesOfPlace(destination) } }),
      ...(createdAt === undefined || id === undefined
        ? {}
        : { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: size + 1,
  });
  return toConnection(rows, size, after, (row) => encodeCursor(row.createdAt.toISOString(), row.id));
}

/**
 * A page of a shipment's events, latest event time first.
 *
 * @throws {ApiError} BAD_USER_INPUT
 */
export async function listEvents(
  { loaders }: TrackingContext,
  shipmentId: string,
  { first, after }: PageArguments,
): Promise<Connection<TrackingEvent>> {
  const size = pageSize(first);
  const [time, id] = decodeCursor(after, isInstant, isUuid) ?? [];
  const start = time === undefined || id === undefined ? null : { eventDateTime: new Date(time), id };
  const rows = await loaders.eventPage.load({ shipmentId, first: size, after: start });
  return toConnection(rows, size, after, (row) => encodeCursor(row.eventDateTime.toISOString(), row.id));
}

const filterFaults = { carrierScac: scacFault, origin: unLocodeFault, destination: unLocodeFault };

function checked(filter: ShipmentFilter): ShipmentFilter {
  const faults: Fault[] = [];
  for (const field of ['carrierScac', 'origin', 'destination'] as const) {
    const value = filter[field] ?? null;
    const reason = value === null ? null : filterFaults[field](value);
    if (reason !== null) faults.push(fault(`filter.${field}`, value, reason));
  }
  if (faults.length > 0) throw badUserInput(...faults);
  return filter;
}
