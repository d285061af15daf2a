import { randomUUID } from 'node:crypto';
import { badUserInput, fault, notFound } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { AwardState } from '#prisma/generated/client.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { MAX_CONTAINERS } from './draft-rfq.ts';
import type { Money } from './money.ts';
import { lockAward } from './row-locks.ts';
import { dateFault, moneyFaults, wholeNumberFault } from './value-faults.ts';

export interface BookingRequest {
  readonly awardId: string;
  readonly containerCount: number;
  /** `YYYY-MM-DD`. */
  readonly cargoReadyOn: string;
  readonly shipmentId?: string | null;
  /** What the cargo is worth, as declared. */
  readonly cargoValue?: Money | null;
}

export type RequestBookingOutcome =
  | { readonly __typename: 'BookingRequested'; readonly bookingId: string }
  | { readonly __typename: 'ShipmentAlreadyBooked'; readonly bookingId: string }
  | { readonly __typename: 'AwardNotApproved'; readonly state: AwardState }
  | { readonly __typename: 'AwardExhausted'; readonly remainingContainerCount: number };

/**
 * Asks the carrier of an award of the caller's tenant for space at the awarded rate. All bookings of an award together
 * never exceed it, and a shipment moves under one booking.
 *
 * @throws {ApiError} BAD_USER_INPUT with every fault of the request, NOT_FOUND, CONFLICT as `once` says.
 */
export async function requestBooking(
  context: ProcurementContext,
  request: BookingRequest,
  key: string,
): Promise<RequestBookingOutcome> {
  const faults = requestFaults(request);
  if (faults.length > 0) throw badUserInput(...faults);
  const { tenant, subject } = context.caller;
  const { awardId, containerCount, cargoReadyOn } = request;
  const cargoValue = request.cargoValue ?? null;
  if (!isUuid(awardId)) throw notFound('award', awardId);
  const shipmentId = request.shipmentId?.toLowerCase() ?? null;
  // A request without a value is the same as one from before there were values.
  const input = { awardId, containerCount, cargoReadyOn, shipmentId, ...(cargoValue && { cargoValue }) };
  return decideOnce<RequestBookingOutcome>(context, { mutation: 'createBooking', key, input }, async (tx) => {
    const award = await lockAward(tx, tenant, awardId);
    if (award === null) throw notFound('award', awardId);
    if (award.state !== 'APPROVED') return { __typename: 'AwardNotApproved', state: award.state };
    const { _sum: booked } = await tx.booking.aggregate({
      where: { awardId: award.id },
      _sum: { containerCount: true },
    });
    const remaining = award.containerCount - (booked.containerCount ?? 0);
    if (containerCount > remaining)
      return { __typename: 'AwardExhausted', remainingContainerCount: remaining };
    const id = randomUUID();
    // Waits for a simultaneous booking of the same shipment, then leaves it alone.
    const { count } = await tx.booking.createMany({
      data: {
        id,
        tenantId: tenant,
        awardId: award.id,
        carrierScac: award.carrierScac,
        containerCount,
        ratePerContainer: award.ratePerContainer,
        currency: award.currency,
        cargoReadyOn: new Date(cargoReadyOn),
        cargoValue: cargoValue?.amount ?? null,
        cargoValueCurrency: cargoValue?.currency ?? null,
        shipmentId,
        requestedBy: subject,
        requestedAt: await readClock(tx),
      },
      skipDuplicates: true,
    });
    if (count === 1) return { __typename: 'BookingRequested', bookingId: id };
    const standing = await tx.booking.findFirstOrThrow({
      where: { tenantId: tenant, shipmentId },
      select: { id: true },
    });
    return { __typename: 'ShipmentAlreadyBooked', bookingId: standing.id };
  });
}

/** Everything that is wrong with a booking request by itself. */
export function requestFaults(request: BookingRequest): Fault[] {
  const { containerCount, cargoReadyOn, shipmentId, cargoValue } = request;
  const faults: Fault[] = [];
  const count = wholeNumberFault(containerCount, 1, MAX_CONTAINERS);
  if (count !== null) faults.push(fault('containerCount', containerCount, count));
  const date = dateFault(cargoReadyOn);
  if (date !== null) faults.push(fault('cargoReadyOn', cargoReadyOn, date));
  if (shipmentId !== null && shipmentId !== undefined && !isUuid(shipmentId)) {
    faults.push(fault('shipmentId', shipmentId, 'expected the id of a shipment'));
  }
  return cargoValue ? [...faults, ...moneyFaults('cargoValue', cargoValue)] : faults;
}
