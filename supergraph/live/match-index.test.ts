import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAskedFor, MatchIndex, placesOf } from './match-index.ts';

const value = fc.constantFrom('a', 'b', 'c');
const given = fc.dictionary(
  fc.constantFrom('id', 'color', 'after'),
  fc.oneof(value, fc.constant(null), fc.array(value, { maxLength: 3 })),
);
const match = fc.dictionary(fc.constantFrom('id', 'color', 'size'), value);

it('finds exactly those who asked, each once, whoever has left', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(given, fc.boolean())), match, (listeners, event) => {
      const index = new MatchIndex<number>();
      for (const [number, [asked]] of listeners.entries()) index.add(asked, number);
      for (const [number, [asked, leaves]] of listeners.entries()) if (leaves) index.delete(asked, number);
      const expected = listeners.flatMap(([asked, leaves], number) =>
        !leaves && isAskedFor(asked, event) ? [number] : [],
      );
      expect(index.find(event).sort()).toEqual(expected.sort());
      expect(index.size).toBe(listeners.filter(([, leaves]) => !leaves).length);
    }),
  );
});

it('compares values that are no text by their JSON, ignores null and where to resume, and finds nobody by accident', () => {
  const index = new MatchIndex<string>();
  index.add({ id: 7, live: true }, 'seven');
  index.add({ id: null, after: '1-0' }, 'everything');
  index.add({ id: 'constructor' }, 'nothing');
  expect(index.find({ id: '7', live: 'true' })).toEqual(['seven', 'everything']);
  expect(index.find({ id: '7' })).toEqual(['everything']);
  expect(index.find({})).toEqual(['everything']);
});

it('looks at those who asked for the same only', () => {
  const index = new MatchIndex<number>();
  for (let number = 0; number < 100_000; number += 1) index.add({ id: `shipment ${number}` }, number);
  const begun = performance.now();
  for (let time = 0; time < 1_000; time += 1) expect(index.find({ id: `shipment ${time}` })).toEqual([time]);
  expect(performance.now() - begun).toBeLessThan(500);
});

it('tells in how many places lists are found', () => {
  expect(placesOf({ id: ['a', 'b', 'a'], color: ['x', 'y', 'z'], after: ['q', 'r'] })).toBe(6);
  expect(placesOf({})).toBe(1);
});
