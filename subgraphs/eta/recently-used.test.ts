import { expect, it } from 'vitest';

import { RecentlyUsed } from './recently-used.ts';

it('computes once, and forgets what was used longest ago', () => {
  const computed: string[] = [];
  const memory = new RecentlyUsed<string>(2);
  const get = (key: string): string =>
    memory.get(key, () => {
      computed.push(key);
      return key.toUpperCase();
    });
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(get)).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
  expect(computed).toEqual(['a', 'b', 'c', 'b']);
});
