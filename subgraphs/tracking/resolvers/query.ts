import type { TrackingContext } from '../context.ts';
import { deadLetterQueries } from './dead-letters.ts';
import { listShipments } from '../shipment-lists.ts';
import type { PageArguments, ShipmentFilter } from '../shipment-lists.ts';

export const Query = {
  ...deadLetterQueries,
  shipment: (_: unknown, { id }: { id: string }, { loaders }: TrackingContext) => loaders.shipment.load(id),
  shipmentByReference: (
    _: unknown,
    { reference }: { reference: string },
    { caller, database }: TrackingContext,
  ) =>
    // Postgres knows no NUL, so nothing can have such a reference.
    reference.includes('\0')
      ? null
      : database.prisma.shipment.findUnique({
          where: { tenantId_reference: { tenantId: caller.tenant, reference } },
        }),
  shipments: (
    _: unknown,
    args: PageArguments & { filter?: ShipmentFilter | null },
    context: TrackingContext,
  ) => listShipments(context, args, args.filter ?? {}),
};
