import { randomUUID } from 'node:crypto';
import { badUserInput, fault } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import type { ProcurementContext } from './context.ts';
import { currencyFault } from './currency.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { scacFault, sizeTypeFault, unLocodeFault } from './trade-codes.ts';
import { dateFault, textFault, wholeNumberFault } from './value-faults.ts';

export interface RfqDraft {
  readonly reference: string;
  readonly title: string;
  /** Of Incoterms 2020. */
  readonly incoterm: string;
  readonly currency: string;
  readonly bidsCloseAt: Date;
  readonly lanes: readonly LaneDraft[];
  /** SCACs. */
  readonly invitedCarriers: readonly string[];
}

export interface LaneDraft {
  /** UN/LOCODE. */
  readonly origin: string;
  /** UN/LOCODE. */
  readonly destination: string;
  readonly isoEquipmentCode: string;
  readonly containerCount: number;
  /** `YYYY-MM-DD`. */
  readonly loadFrom: string;
  /** `YYYY-MM-DD`. */
  readonly loadUntil: string;
}

export type DraftRfqOutcome =
  | { readonly __typename: 'RfqCreated'; readonly rfqId: string }
  | { readonly __typename: 'RfqReferenceTaken'; readonly rfqId: string; readonly reference: string };

export const MAX_LANES = 100;
export const MAX_INVITATIONS = 50;
export const MAX_CONTAINERS = 100_000;

/**
 * Drafts a request for quotation of the caller's tenant with its lanes and invitations. Nobody is asked yet.
 *
 * @throws {ApiError} BAD_USER_INPUT with every fault of the draft, CONFLICT as `once` says.
 */
export async function draftRfq(
  context: ProcurementContext,
  draft: RfqDraft,
  key: string,
): Promise<DraftRfqOutcome> {
  const faults = draftFaults(draft);
  if (faults.length > 0) throw badUserInput(...faults);
  const { tenant, subject } = context.caller;
  return decideOnce(context, { mutation: 'createRfq', key, input: draft }, async (tx) => {
    const now = await readClock(tx);
    const { reference, title, incoterm, currency, bidsCloseAt } = draft;
    if (bidsCloseAt <= now) {
      throw badUserInput(fault('bidsCloseAt', bidsCloseAt, `expected a time after ${now.toISOString()}`));
    }
    const rfq = { id: randomUUID(), tenantId: tenant };
    const values = { reference, title, incoterm, currency, bidsCloseAt, createdBy: subject, createdAt: now };
    // Waits for a simultaneous draft with this reference, then leaves it alone.
    const { count } = await tx.rfq.createMany({ data: { ...rfq, ...values }, skipDuplicates: true });
    if (count === 0) {
      const first = await tx.rfq.findUniqueOrThrow({
        where: { tenantId_reference: { tenantId: tenant, reference } },
        select: { id: true },
      });
      return { __typename: 'RfqReferenceTaken', rfqId: first.id, reference };
    }
    await tx.lane.createMany({
      data: draft.lanes.map((lane, ordinal) => ({
        ...lane,
        id: randomUUID(),
        tenantId: tenant,
        rfqId: rfq.id,
        ordinal,
        loadFrom: new Date(lane.loadFrom),
        loadUntil: new Date(lane.loadUntil),
      })),
    });
    await tx.invitation.createMany({
      data: draft.invitedCarriers.map((carrierScac) => ({
        id: randomUUID(),
        tenantId: tenant,
        rfqId: rfq.id,
        carrierScac,
      })),
    });
    return { __typename: 'RfqCreated', rfqId: rfq.id };
  });
}

/** Everything that is wrong with a draft, but for the deadline, which is judged by the database's clock. */
export function draftFaults(draft: RfqDraft): Fault[] {
  const faults: Fault[] = [];
  const check = (field: string, value: unknown, reason: string | null): void => {
    if (reason !== null) faults.push(fault(field, value, reason));
  };
  check('reference', draft.reference, textFault(draft.reference, 50));
  check('title', draft.title, textFault(draft.title, 200));
  check('currency', draft.currency, currencyFault(draft.currency));
  check('lanes', `${draft.lanes.length} lanes`, wholeNumberFault(draft.lanes.length, 1, MAX_LANES));
  // An oversized list is one fault, not thousands.
  for (const [index, lane] of draft.lanes.slice(0, MAX_LANES).entries()) {
    const at = `lanes[${index}]`;
    check(`${at}.origin`, lane.origin, unLocodeFault(lane.origin));
    const same = lane.destination === lane.origin ? 'expected another port than the origin' : null;
    check(`${at}.destination`, lane.destination, unLocodeFault(lane.destination) ?? same);
    check(`${at}.isoEquipmentCode`, lane.isoEquipmentCode, sizeTypeFault(lane.isoEquipmentCode));
    check(
      `${at}.containerCount`,
      lane.containerCount,
      wholeNumberFault(lane.containerCount, 1, MAX_CONTAINERS),
    );
    const from = dateFault(lane.loadFrom);
    check(`${at}.loadFrom`, lane.loadFrom, from);
    const before =
      from === null && lane.loadUntil < lane.loadFrom ? `expected ${lane.loadFrom} or later` : null;
    check(`${at}.loadUntil`, lane.loadUntil, dateFault(lane.loadUntil) ?? before);
  }
  const invited = draft.invitedCarriers;
  check(
    'invitedCarriers',
    `${invited.length} carriers`,
    wholeNumberFault(invited.length, 1, MAX_INVITATIONS),
  );
  for (const [index, scac] of invited.slice(0, MAX_INVITATIONS).entries()) {
    const twice = invited.indexOf(scac) < index ? 'expected each carrier once' : null;
    check(`invitedCarriers[${index}]`, scac, scacFault(scac) ?? twice);
  }
  return faults;
}
