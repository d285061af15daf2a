import DataLoader from 'dataloader';
import { expect, test } from 'vitest';
import { loadExisting } from './load-existing.ts';

test("gives what the loader finds, in the loader's one batch", async () => {
  const batches: (readonly string[])[] = [];
  const loader = new DataLoader<string, string | null>((keys) => {
    batches.push(keys);
    return Promise.resolve(keys.map((key) => `row ${key}`));
  });
  expect(await Promise.all([loadExisting(loader, 'a'), loadExisting(loader, 'b')])).toEqual([
    'row a',
    'row b',
  ]);
  expect(batches).toEqual([['a', 'b']]);
});

test('names the key of a row that is missing', async () => {
  const loader = new DataLoader<string, string | null>((keys) => Promise.resolve(keys.map(() => null)));
  await expect(loadExisting(loader, 'a')).rejects.toThrow('key "a": expected a row');
});
