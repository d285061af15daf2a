import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { supergraphSource } from './supergraph-source.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supergraph-source-'));
  path = join(directory, 'supergraph.graphql');
  await writeFile(path, 'first');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('reads a changed file when two looks in a row find it the same', async () => {
  const source = supergraphSource(path);
  expect(await source.read()).toBe('first');
  expect(await source.readIfChanged()).toBeNull();
  await writeFile(path, 'sec');
  expect(await source.readIfChanged()).toBeNull();
  await writeFile(path, 'second');
  expect(await source.readIfChanged()).toBeNull();
  expect(await source.readIfChanged()).toBe('second');
  expect(await source.readIfChanged()).toBeNull();
});

it('keeps still while the file is away', async () => {
  const source = supergraphSource(path);
  await source.read();
  await rm(path);
  expect(await source.readIfChanged()).toBeNull();
  await writeFile(`${path}.new`, 'first');
  await rename(`${path}.new`, path);
  expect(await source.readIfChanged()).toBeNull();
  expect(await source.readIfChanged()).toBe('first');
});

it('says why the file can not be read', async () => {
  await expect(supergraphSource(join(directory, 'none.graphql')).read()).rejects.toThrow('ENOENT');
  await expect(supergraphSource(directory).read()).rejects.toThrow('EISDIR');
});
