import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('docs/security.md names a test that exists for every threat', async () => {
  const text = await readFile('docs/security.md', 'utf8');
  expect(text.match(/^\| API\d+ /gm)).toHaveLength(10);
  const files = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file as string);
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  // A table that says what shows a control says so in each of its rows.
  const tables = text.split('\n\n').filter((part) => part.includes('| shown by |'));
  const unshown = tables
    .flatMap((table) => table.split('\n').slice(2))
    .filter((row) => !row.includes('.test.ts'));
  expect(unshown).toEqual([]);
});
