import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterAwarding, afterPublishing, canTake, RFQ_STATES, statesBefore } from './rfq-state.ts';
import type { RfqState, RfqStep } from './rfq-state.ts';

describe('a request for quotation', () => {
  test('goes from draft to published to awarded, lane by lane', () => {
    expect(afterPublishing('DRAFT')).toBe('PUBLISHED');
    expect(afterAwarding('PUBLISHED', 1, 3)).toBe('PARTLY_AWARDED');
    expect(afterAwarding('PARTLY_AWARDED', 2, 3)).toBe('PARTLY_AWARDED');
    expect(afterAwarding('PARTLY_AWARDED', 3, 3)).toBe('AWARDED');
    expect(afterAwarding('PUBLISHED', 1, 1)).toBe('AWARDED');
  });

  test.each<[RfqStep, RfqState[]]>([
    ['publish', ['DRAFT']],
    ['bid', ['PUBLISHED']],
    ['award', ['PUBLISHED', 'PARTLY_AWARDED']],
  ])('can %s only in %j', (step, states) => {
    expect(RFQ_STATES.filter((state) => canTake(step, state))).toEqual(states);
    expect(statesBefore(step)).toEqual(states);
  });

  test('skips no state and never goes back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RFQ_STATES),
        fc.integer({ min: -1, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        (state, awarded, lanes) => {
          let next: RfqState;
          try {
            next = fc.sample(fc.boolean(), 1)[0]
              ? afterPublishing(state)
              : afterAwarding(state, awarded, lanes);
          } catch {
            return;
          }
          const [from, to] = [RFQ_STATES.indexOf(state), RFQ_STATES.indexOf(next)];
          const lastLane = next === 'AWARDED' && awarded === lanes && from >= 1;
          const nextLane = state === 'PARTLY_AWARDED' && next === state && awarded < lanes;
          expect(to === from + 1 || lastLane || nextLane).toBe(true);
        },
      ),
    );
  });

  test.each<[RfqState, number, number]>([
    ['DRAFT', 1, 1],
    ['AWARDED', 1, 1],
    ['PUBLISHED', 0, 1],
    ['PUBLISHED', 2, 3],
    ['PARTLY_AWARDED', 1, 3],
    ['PARTLY_AWARDED', 4, 3],
  ])('in %s cannot have %i of %i lanes awarded', (state, awarded, lanes) => {
    expect(() => afterAwarding(state, awarded, lanes)).toThrow(RangeError);
  });

  test('is published once', () => {
    for (const state of ['PUBLISHED', 'PARTLY_AWARDED', 'AWARDED'] as const) {
      expect(() => afterPublishing(state)).toThrow(/expected DRAFT to publish/);
    }
  });
});
