import { beginCursor } from '#platform/live-log.ts';
import type { QueryResolvers } from '../generated/schema.ts';
import { SHIPMENT_TOPIC } from '../live-updates.ts';
import { listShipments } from '../shipment-lists.ts';
import { alertQueries } from './alerts.ts';
import { deadLetterQueries } from './dead-letters.ts';

export const Query = {
  ...alertQueries,
  ...deadLetterQueries,
  shipment: (_, { id }, { loaders }) => loaders.shipment.load(id),
  shipmentByReference: (_, { reference }, { caller, database }) =>
    // Postgres knows no NUL, so nothing can have such a reference.
    reference.includes('\0')
      ? null
      : database.prisma.shipment.findUnique({
          where: { tenantId_reference: { tenantId: caller.tenant, reference } },
        }),
  shipmentUpdatesCursor: (_, __, { caller, redis }) => beginCursor(redis, SHIPMENT_TOPIC, caller.tenant),
  shipments: (_, args, context) => listShipments(context, args, args.filter ?? {}),
} satisfies QueryResolvers;
