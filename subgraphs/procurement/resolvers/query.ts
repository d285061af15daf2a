import type { ProcurementContext } from '../context.ts';
import { listBookings, listRfqs } from '../lists.ts';
import type { PageArguments } from '../lists.ts';
import type { RfqState } from '../rfq-state.ts';

interface ById {
  readonly id: string;
}

export const Query = {
  rfq: (_: unknown, { id }: ById, { loaders }: ProcurementContext) => loaders.rfq.load(id),
  rfqs: (
    _: unknown,
    args: PageArguments & { state?: readonly RfqState[] | null },
    context: ProcurementContext,
  ) => listRfqs(context, args, args.state ?? null),
  booking: (_: unknown, { id }: ById, { loaders }: ProcurementContext) => loaders.booking.load(id),
  bookings: (_: unknown, args: PageArguments, context: ProcurementContext) => listBookings(context, args),
};
