import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const SETTLING = 250;
const INTERVAL = 1_000;

describe('a change', () => {
  it('is due when it has settled, or at once when it is to be', () => {
    const pace = new Pace(SETTLING, INTERVAL);
    pace.mark('a', 100);
    expect(pace.next).toBe(350);
    expect(pace.take(349)).toEqual([]);
    pace.mark('b', 200, 0);
    expect(pace.next).toBe(200);
    expect(pace.take(350).sort()).toEqual(['a', 'b']);
    expect(pace.next).toBeNull();
  });

  it('that goes on is taken once an interval, and the last one always', () => {
    const pace = new Pace(SETTLING, INTERVAL);
    const taken: number[] = [];
    for (let now = 0; now <= 10_000; now++) {
      if (now <= 5_000) pace.mark('a', now);
      if (pace.next !== null && pace.next <= now) taken.push(...pace.take(now).map(() => now));
    }
    expect(taken).toEqual([250, 1_250, 2_250, 3_250, 4_250, 5_250]);
    expect(pace.next).toBeNull();
  });

  it('waits for nobody else', () => {
    const pace = new Pace(SETTLING, INTERVAL);
    pace.mark('a', 0);
    pace.mark('b', 100);
    expect(pace.take(250)).toEqual(['a']);
    expect(pace.next).toBe(350);
    pace.mark('a', 260);
    expect(pace.take(350)).toEqual(['b']);
    expect(pace.next).toBe(1_250);
  });

  it('is forgotten with its key', () => {
    const pace = new Pace(SETTLING, INTERVAL);
    pace.mark('a', 0);
    pace.take(250);
    pace.mark('a', 300);
    pace.forget('a');
    expect(pace.take(2_000)).toEqual([]);
    pace.mark('a', 2_000, 0);
    expect(pace.take(2_000)).toEqual(['a']);
  });
});
