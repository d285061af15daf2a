import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Database } from '#platform/database/database.ts';
import { CLIENT_REGION_HEADER } from '#platform/http/client-region.ts';
import type { Service } from '#platform/service.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import type { TestPlatform } from '#test/harness/platform.ts';
import { startProcurement } from '../server.ts';
import * as documents from './documents.ts';

export interface Answer {
  readonly data?: Record<string, never> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code?: string; readonly faults?: readonly Fault[] };
  }[];
}

interface Fault {
  readonly field: string;
  readonly value: string;
  readonly reason: string;
}

/** What a mutation answered: the type of its result and the fields asked for. */
export type Result = { readonly __typename: string } & Record<string, unknown>;

/** The subgraph over a database of its own, asked as different people. */
export interface Procurement {
  readonly platform: TestPlatform;
  /** The subgraph's rows, those of all tenants. */
  readonly database: Database;
  /** Asks as a persona; takes turns between two instances of the subgraph, as two processes would answer. */
  ask(persona: string, document: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** As `ask`, with claims that the persona doesn't have. */
  askWith(
    claims: Record<string, unknown>,
    persona: string,
    document: string,
    variables?: object,
  ): Promise<Answer>;
  /**
   * The result of a mutation; fails on errors. The key is a new one unless given.
   * @param region where the client is, as the door lets through what a trusted proxy says
   */
  decide(
    persona: string,
    mutation: keyof typeof documents.mutations,
    args: Record<string, unknown>,
    region?: string,
  ): Promise<Result>;
  /** The code of the error that a mutation ends with; fails when there is none. */
  refusal(
    persona: string,
    mutation: keyof typeof documents.mutations,
    args: Record<string, unknown>,
    region?: string,
  ): Promise<string>;
  /** Ends the bidding of a request a moment ago. */
  closeBidding(rfqId: string): Promise<void>;
  close(): Promise<void>;
}

export async function startTestProcurement(): Promise<Procurement> {
  const platform = await startTestPlatform();
  const services: Service[] = [await startProcurement(platform), await startProcurement(platform)];
  const database = platform.openDatabase('seed');
  let turn = 0;

  const send = async (
    token: string,
    query: string,
    variables: object = {},
    region?: string,
  ): Promise<Answer> => {
    const service = services[turn++ % services.length] as Service;
    const response = await service.graphql(
      new Request('http://procurement.test/graphql', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(region === undefined ? {} : { [CLIENT_REGION_HEADER]: region }),
        },
        body: JSON.stringify({ query, variables }),
      }),
    );
    return (await response.json()) as Answer;
  };
  const ask: Procurement['ask'] = async (persona, query, variables) =>
    send(await platform.token(persona), query, variables);
  const mutate: Procurement['decide'] extends (...args: infer A) => unknown
    ? (...args: A) => Promise<Answer>
    : never = async (persona, mutation, args, region) =>
    send(
      await platform.token(persona),
      documents.mutations[mutation],
      { key: randomUUID(), ...args },
      region,
    );

  return {
    platform,
    database,
    ask,
    askWith: async (claims, persona, query, variables) =>
      send(await platform.token(persona, claims), query, variables),
    decide: async (...args) => {
      const answer = await mutate(...args);
      expect(answer.errors).toBeUndefined();
      return (answer.data as unknown as { result: Result }).result;
    },
    refusal: async (...args) => {
      const answer = await mutate(...args);
      expect(answer.errors).toHaveLength(1);
      return answer.errors?.[0]?.extensions.code ?? '';
    },
    closeBidding: async (rfqId) => {
      await database.pool.query(
        `UPDATE rfq SET bids_close_at = clock_timestamp() - interval '1 millisecond' WHERE id = $1`,
        [rfqId],
      );
    },
    close: async () => {
      await Promise.all(services.map((service) => service.close()));
      await database.close();
      await platform.close();
    },
  };
}

/** A draft that nothing is wrong with: two lanes, two carriers, bidding closes in an hour. */
export function rfqInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    reference: `RFQ-${randomUUID()}`,
    title: 'Asia to Europe, spring',
    incoterm: 'FOB',
    currency: 'USD',
    bidsCloseAt: new Date(Date.now() + 3_600_000).toISOString(),
    lanes: [laneInput(), laneInput({ destination: 'DEHAM', isoEquipmentCode: '45R1', containerCount: 3 })],
    invitedCarriers: ['HLCU', 'ONEY'],
    ...changes,
  };
}

export function laneInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    origin: 'CNSHA',
    destination: 'NLRTM',
    isoEquipmentCode: '22G1',
    containerCount: 10,
    loadFrom: '2026-03-01',
    loadUntil: '2026-03-31',
    ...changes,
  };
}

export function offer(laneId: string, amount = '1250.00', currency = 'USD'): Record<string, unknown> {
  return { input: { laneId, ratePerContainer: { amount, currency }, transitDays: 30 } };
}

/** A published request of Aurora's. */
export async function publishedRfq(
  { decide }: Procurement,
  changes: Record<string, unknown> = {},
): Promise<{ rfqId: string; laneIds: [string, ...string[]] }> {
  const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput(changes) });
  const { id, lanes } = rfq as { id: string; lanes: { id: string }[] };
  const published = await decide('aurora-buyer', 'publishRfq', { id });
  expect(published.__typename).toBe('RfqPublished');
  return { rfqId: id, laneIds: lanes.map((lane) => lane.id) as [string, ...string[]] };
}

/** The id of a bid of the persona's carrier. */
export async function bidOf(
  { decide }: Procurement,
  persona: string,
  laneId: string,
  amount?: string,
): Promise<string> {
  const result = await decide(persona, 'submitBid', offer(laneId, amount));
  expect(result.__typename).toBe('BidSubmitted');
  return (result.bid as { id: string }).id;
}

/** The id of an approved award of Aurora's for a bid. */
export async function awarded({ decide }: Procurement, bidId: string): Promise<string> {
  const { award } = await decide('aurora-buyer', 'awardBid', { bidId });
  const { id } = award as { id: string };
  const approved = await decide('aurora-admin', 'approveAward', { id });
  expect(approved.__typename).toBe('AwardApproved');
  return id;
}

/** The id of an approved award of Aurora's for ten containers to Hapag-Lloyd. */
export async function awardOf(procurement: Procurement): Promise<string> {
  const { rfqId, laneIds } = await publishedRfq(procurement, { lanes: [laneInput()] });
  const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
  await procurement.closeBidding(rfqId);
  return awarded(procurement, bidId);
}

/** The id of a booking of Aurora's that Hapag-Lloyd has confirmed. */
export async function confirmedBooking(procurement: Procurement): Promise<string> {
  const awardId = await awardOf(procurement);
  const { booking } = await procurement.decide('aurora-buyer', 'createBooking', bookingInput(awardId));
  const { id } = booking as { id: string };
  await procurement.decide('carrier-hlcu', 'confirmBooking', { id, reference: 'HL-1' });
  return id;
}

export function invoiceInput(
  bookingId: string,
  changes: Record<string, unknown> = {},
): { input: Record<string, unknown> } {
  const amount = { amount: '1250.00', currency: 'USD' };
  return { input: { bookingId, number: `INV-${randomUUID()}`, amount, dueOn: '2026-05-01', ...changes } };
}

export function bookingInput(
  awardId: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return { input: { awardId, containerCount: 1, cargoReadyOn: '2026-03-05', ...changes } };
}
