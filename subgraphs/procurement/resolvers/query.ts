import type { QueryResolvers } from '../generated/schema.ts';
import { listAuditEntries } from '../audit-entries.ts';
import { listBookings, listRfqs } from '../lists.ts';

export const Query = {
  rfq: (_, { id }, { loaders }) => loaders.rfq.load(id),
  rfqs: (_, args, context) => listRfqs(context, args, args.state ?? null),
  booking: (_, { id }, { loaders }) => loaders.booking.load(id),
  bookings: (_, page, context) => listBookings(context, page),
  auditEntries: (_, args, context) => listAuditEntries(context, args, args.filter ?? {}),
} satisfies QueryResolvers;
