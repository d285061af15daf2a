import { badUserInput, fault, forbidden, notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { BookingState } from '#prisma/generated/client.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { lockBooking } from './row-locks.ts';
import { textFault } from './value-faults.ts';
import { beyondChange } from './visibility.ts';

export type ConfirmBookingOutcome =
  | { readonly __typename: 'BookingConfirmed'; readonly bookingId: string }
  | { readonly __typename: 'BookingNotRequested'; readonly state: BookingState };

/** As long as DCSA allows a carrierBookingReference to be. */
const MAX_REFERENCE_LENGTH = 35;

/**
 * The caller's carrier confirms a booking that was asked of it and gives it its reference.
 *
 * @throws {ApiError} BAD_USER_INPUT, NOT_FOUND when it was asked of another carrier or nobody, CONFLICT as `once` says.
 */
export async function confirmBooking(
  context: ProcurementContext,
  bookingId: string,
  carrierBookingReference: string,
  key: string,
): Promise<ConfirmBookingOutcome> {
  const { carrier } = context.caller;
  if (carrier === null) throw forbidden();
  const reason = textFault(carrierBookingReference, MAX_REFERENCE_LENGTH);
  if (reason !== null) throw badUserInput(fault('carrierBookingReference', carrierBookingReference, reason));
  if (!isUuid(bookingId)) throw notFound('booking', bookingId);
  const input = { id: bookingId, carrierBookingReference };
  return decideOnce<ConfirmBookingOutcome>(
    context,
    { mutation: 'confirmBooking', key, input },
    async (tx) => {
      const of = { carrierScac: carrier, beyond: beyondChange(context.access) };
      const booking = await lockBooking(tx, of, bookingId);
      if (booking === null) throw notFound('booking', bookingId);
      if (booking.state !== 'REQUESTED') return { __typename: 'BookingNotRequested', state: booking.state };
      await tx.booking.update({
        where: { id: booking.id },
        data: { state: 'CONFIRMED', carrierBookingReference, confirmedAt: await readClock(tx) },
      });
      return { __typename: 'BookingConfirmed', bookingId: booking.id };
    },
  );
}
