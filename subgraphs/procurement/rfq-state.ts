/** Where a request for quotation stands. It moves one step at a time, in this order. */
export const RFQ_STATES = ['DRAFT', 'PUBLISHED', 'PARTLY_AWARDED', 'AWARDED'] as const;

export type RfqState = (typeof RFQ_STATES)[number];

/** What may be done with a request, in the trade's words. */
export type RfqStep = 'publish' | 'bid' | 'award';

const STARTS_FROM: Readonly<Record<RfqStep, readonly RfqState[]>> = {
  publish: ['DRAFT'],
  bid: ['PUBLISHED'],
  award: ['PUBLISHED', 'PARTLY_AWARDED'],
};

/** The states that a step can start from. */
export function statesBefore(step: RfqStep): readonly RfqState[] {
  return STARTS_FROM[step];
}

/** Whether a step can be taken in this state. */
export function canTake(step: RfqStep, state: RfqState): boolean {
  return STARTS_FROM[step].includes(state);
}

/** The state after publishing. @throws RangeError when the request is not a draft. */
export function afterPublishing(state: RfqState): RfqState {
  mustAllow('publish', state);
  return 'PUBLISHED';
}

/**
 * The state after awarding one more lane.
 *
 * @param awarded how many lanes are awarded, the new one included.
 * @param lanes how many lanes there are.
 * @throws RangeError when nothing can be awarded in this state, or the counts contradict it.
 */
export function afterAwarding(state: RfqState, awarded: number, lanes: number): RfqState {
  mustAllow('award', state);
  const fits = state === 'PUBLISHED' ? awarded === 1 : awarded > 1;
  if (!Number.isSafeInteger(awarded) || !Number.isSafeInteger(lanes) || !fits || awarded > lanes) {
    throw new RangeError(`${awarded} of ${lanes} lanes awarded doesn't follow on ${state}`);
  }
  return awarded === lanes ? 'AWARDED' : 'PARTLY_AWARDED';
}

function mustAllow(step: RfqStep, state: RfqState): void {
  if (!canTake(step, state)) {
    throw new RangeError(`state ${state}: expected ${STARTS_FROM[step].join(' or ')} to ${step}`);
  }
}
