import { randomUUID } from 'node:crypto';
import { badUserInput, fault, forbidden, notFound } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { BookingState } from '#prisma/generated/client.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import type { Money } from './money.ts';
import { lockBooking } from './row-locks.ts';
import { dateFault, moneyFaults, textFault } from './value-faults.ts';
import { beyondChange } from './visibility.ts';

export interface InvoiceDraft {
  readonly bookingId: string;
  /** The carrier's own. */
  readonly number: string;
  readonly amount: Money;
  /** `YYYY-MM-DD`. */
  readonly dueOn: string;
}

export type SubmitInvoiceOutcome =
  | { readonly __typename: 'InvoiceSubmitted'; readonly invoiceId: string }
  | { readonly __typename: 'InvoiceNumberTaken'; readonly invoiceId: string }
  | { readonly __typename: 'InvoicesExhausted'; readonly most: number }
  | { readonly __typename: 'BookingNotConfirmed'; readonly state: BookingState };

const MAX_NUMBER_LENGTH = 50;
/** Of one booking. */
export const MAX_INVOICES = 50;

/**
 * Takes an invoice of the caller's carrier for a booking that it has confirmed.
 *
 * @throws {ApiError} BAD_USER_INPUT with every fault of the invoice, NOT_FOUND when the booking was asked of another
 * carrier or nobody, CONFLICT as `once` says.
 */
export async function submitInvoice(
  context: ProcurementContext,
  draft: InvoiceDraft,
  key: string,
): Promise<SubmitInvoiceOutcome> {
  const { actor } = context.access;
  const carrierScac = actor.carrier;
  if (carrierScac === null) throw forbidden();
  const faults = invoiceFaults(draft);
  if (faults.length > 0) throw badUserInput(...faults);
  const { bookingId, number, amount, dueOn } = draft;
  if (!isUuid(bookingId)) throw notFound('booking', bookingId);
  const request = { mutation: 'submitInvoice', key, input: draft };
  return decideOnce<SubmitInvoiceOutcome>(context, request, async (tx) => {
    const booking = await lockBooking(tx, { carrierScac, beyond: beyondChange(context.access) }, bookingId);
    if (booking === null) throw notFound('booking', bookingId);
    if (booking.state !== 'CONFIRMED') return { __typename: 'BookingNotConfirmed', state: booking.state };
    const submitted = await tx.invoice.count({ where: { bookingId: booking.id } });
    if (submitted >= MAX_INVOICES) return { __typename: 'InvoicesExhausted', most: MAX_INVOICES };
    const id = randomUUID();
    // Waits for a simultaneous invoice of the same number, then leaves it alone.
    const { count } = await tx.invoice.createMany({
      data: {
        id,
        tenantId: booking.tenantId,
        bookingId: booking.id,
        carrierScac,
        number,
        amount: amount.amount,
        currency: amount.currency,
        dueOn: new Date(dueOn),
        submittedBy: actor.id,
        submittedAt: await readClock(tx),
      },
      skipDuplicates: true,
    });
    if (count === 1) return { __typename: 'InvoiceSubmitted', invoiceId: id };
    const standing = await tx.invoice.findUniqueOrThrow({
      where: { carrierScac_number: { carrierScac, number } },
      select: { id: true },
    });
    return { __typename: 'InvoiceNumberTaken', invoiceId: standing.id };
  });
}

/** Everything that is wrong with an invoice by itself. */
export function invoiceFaults({ number, amount, dueOn }: InvoiceDraft): Fault[] {
  const faults = moneyFaults('amount', amount);
  const numberReason = textFault(number, MAX_NUMBER_LENGTH);
  if (numberReason !== null) faults.push(fault('number', number, numberReason));
  const date = dateFault(dueOn);
  if (date !== null) faults.push(fault('dueOn', dueOn, date));
  return faults;
}
