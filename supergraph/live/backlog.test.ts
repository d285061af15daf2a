import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Backlog, MAX_WAITING, Waiting } from './backlog.ts';
import { Update } from './update.ts';

interface Level {
  value: number;
  inc(by?: number): void;
  dec(by?: number): void;
}

function level(): Level {
  return {
    value: 0,
    inc(by = 1) {
      this.value += by;
    },
    dec(by = 1) {
      this.value -= by;
    },
  };
}

const updateOf = (number: number, entity: string, size = 10): Update =>
  new Update(`${number}-0`, entity, Buffer.alloc(size));
const numberOf = ({ cursor }: Update): number => Number.parseInt(cursor);

it('gives the latest of each entity, in the order of the cursors, whenever the reader comes', () => {
  // A step is an update of an entity, or the reader taking one.
  const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant(null));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const total = level();
      const backlog = new Backlog(new Waiting(total));
      const latest = new Map<string, number>();
      const taken: Update[] = [];
      const take = (): void => {
        const update = backlog.shift();
        if (update) taken.push(update);
      };
      for (const [number, entity] of steps.entries()) {
        if (entity === null) take();
        else {
          backlog.add(updateOf(number, entity), true);
          latest.set(entity, number);
        }
        expect(total.value).toBe(backlog.size);
      }
      while (backlog.size > 0) take();
      const numbers = taken.map(numberOf);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      for (const [entity, number] of latest)
        expect(numberOf(taken.findLast((update) => update.entity === entity) as Update)).toBe(number);
      expect(total.value).toBe(0);
    }),
  );
});

it('keeps every update where nothing is to be skipped', () => {
  const backlog = new Backlog(new Waiting(level()));
  for (const number of [1, 2, 3]) expect(backlog.add(updateOf(number, 'a'), false)).toBe('added');
  expect(Array.from({ length: 4 }, () => backlog.shift()?.cursor)).toEqual(['1-0', '2-0', '3-0', undefined]);
});

it('is full by number and by size, over all backlogs of one socket, but always takes one', () => {
  const waiting = new Waiting(level());
  const [one, two] = [new Backlog(waiting), new Backlog(waiting)];
  for (let number = 0; number < MAX_WAITING.updates; number += 1)
    expect((number % 2 ? one : two).add(updateOf(number, String(number)), true)).toBe('added');
  expect(one.add(updateOf(2_000, 'new'), true)).toBe('full');
  expect(one.add(updateOf(2_001, '1'), true)).toBe('conflated');
  one.clear();
  two.clear();
  expect(waiting.updates).toBe(0);
  expect(one.add(updateOf(1, 'large', MAX_WAITING.bytes * 2), true)).toBe('added');
  expect(two.add(updateOf(2, 'small'), true)).toBe('full');
});
