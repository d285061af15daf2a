import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import pg from 'pg';
import { CONTAINERS, DESTINATION, ofBooking, ORIGIN } from '#subgraphs/tracking/test/event-builders.ts';
import {
  ApproveAwardDocument,
  AwardBidDocument,
  CreateBookingDocument,
  CreateRfqDocument,
  CreateShipmentDocument,
  PublishRfqDocument,
  SubmitBidDocument,
  type CreateRfqInput,
} from '../generated/operations.ts';
import type { TestProcess, TestServices } from './system.ts';

/** The rate of every booking made here, for one container. */
export const RATE = { amount: '1250.50', currency: 'USD' };

/** A shipment of Aurora's from Shanghai to Rotterdam with Hapag-Lloyd, booked. */
export interface BookedShipment {
  readonly id: string;
  readonly reference: string;
  /** What links a DCSA event to it. */
  readonly link: ReturnType<typeof ofBooking>;
}

/** UN/LOCODEs and SCAC. */
export interface Journey {
  readonly origin: string;
  readonly destination: string;
  readonly carrierScac: string;
}

/** People of a shipper, a carrier and an integration at work, through the public API alone. */
export interface Freight {
  /**
   * Books one container at `RATE` and follows it.
   * @param journey where it goes and with whom, when not from Shanghai to Rotterdam with Hapag-Lloyd
   */
  ship(journey?: Partial<Journey>): Promise<BookedShipment>;
  /** Posts DCSA events; fails unless all are taken. */
  report(...events: readonly object[]): Promise<void>;
}

const DAY = 24 * 60 * 60 * 1000;

/** Buys space for 100 containers: the rest of the work draws on that award. */
export async function startFreight(services: TestServices, system: TestProcess): Promise<Freight> {
  const [buyer, approver, carrier, integration] = await Promise.all([
    services.token('aurora-buyer'),
    services.token('aurora-admin'),
    services.token('carrier-hlcu'),
    services.token('integration'),
  ]);
  const ask = async <Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Omit<Variables, 'key'>,
    token = buyer,
  ): Promise<Data> => {
    const { data, errors } = await system.query<Data>(print(document), {
      token,
      variables: { ...variables, key: randomUUID() },
    });
    if (!data || errors) throw new Error(`the operation failed: ${JSON.stringify(errors)}`);
    return data;
  };

  const { rfq } = expected('RfqCreated', (await ask(CreateRfqDocument, { input: rfqInput() })).createRfq);
  expected('RfqPublished', (await ask(PublishRfqDocument, { id: rfq.id })).publishRfq);
  const [lane] = rfq.lanes;
  const offer = { laneId: lane?.id ?? '', ratePerContainer: RATE, transitDays: 31 };
  const { bid } = expected(
    'BidSubmitted',
    (await ask(SubmitBidDocument, { input: offer }, carrier)).submitBid,
  );
  await closeBidding(services, rfq.id);
  const { award } = expected('BidAwarded', (await ask(AwardBidDocument, { bidId: bid.id })).awardBid);
  expected('AwardApproved', (await ask(ApproveAwardDocument, { id: award.id }, approver)).approveAward);

  return {
    ship: async (journey = {}) => {
      const reference = `PO-${randomUUID()}`;
      const bookingReference = randomUUID().slice(0, 18);
      const input = {
        reference,
        carrierScac: 'HLCU',
        origin: ORIGIN,
        destination: DESTINATION,
        carrierBookingReference: bookingReference,
        containers: [{ equipmentReference: CONTAINERS[0], isoEquipmentCode: '45G1', cargoWeightKg: 12_000 }],
        plannedDeparture: instant(-7),
        plannedArrival: instant(24),
        ...journey,
      };
      const created = (await ask(CreateShipmentDocument, { input })).createShipment;
      const { id } = expected('ShipmentCreated', created).shipment;
      const wanted = {
        awardId: award.id,
        containerCount: 1,
        cargoReadyOn: instant(-9).slice(0, 10),
        shipmentId: id,
      };
      expected('BookingRequested', (await ask(CreateBookingDocument, { input: wanted })).createBooking);
      return { id, reference, link: ofBooking(bookingReference) };
    },
    report: async (...events) => {
      const response = await fetch(`${system.origin}/ingest/dcsa/v2/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${integration}` },
        body: JSON.stringify(events),
      });
      const text = await response.text();
      if (!text.includes(`"accepted":${events.length},`)) throw new Error(`events were refused: ${text}`);
    },
  };
}

/** An instant so many days from now, RFC 3339 without fractions. */
export function instant(daysFromNow: number): string {
  return new Date(Date.now() + daysFromNow * DAY).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Narrows a result to the outcome that the work needs. */
function expected<Result extends { __typename: string }, Name extends Result['__typename']>(
  name: Name,
  result: Result,
): Extract<Result, { __typename: Name }> {
  if (result.__typename !== name) throw new Error(`expected ${name}, got ${JSON.stringify(result)}`);
  return result as Extract<Result, { __typename: Name }>;
}

function rfqInput(): CreateRfqInput {
  return {
    reference: `RFQ-${randomUUID()}`,
    title: 'Asia to Europe',
    incoterm: 'FOB',
    currency: RATE.currency,
    bidsCloseAt: instant(1),
    invitedCarriers: ['HLCU'],
    lanes: [
      {
        origin: ORIGIN,
        destination: DESTINATION,
        isoEquipmentCode: '45G1',
        containerCount: 100,
        loadFrom: instant(-14).slice(0, 10),
        loadUntil: instant(14).slice(0, 10),
      },
    ],
  };
}

/** Time passes: the only thing that the API can't be asked for. */
async function closeBidding(services: TestServices, rfqId: string): Promise<void> {
  const owner = new pg.Client({ connectionString: services.env.DATABASE_URL });
  await owner.connect();
  try {
    await owner.query(
      `UPDATE procurement.rfq SET bids_close_at = now() - interval '1 second' WHERE id = $1`,
      [rfqId],
    );
  } finally {
    await owner.end();
  }
}
