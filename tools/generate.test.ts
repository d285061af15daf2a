import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateClient, isGenerated } from './generate.mjs';

const root = new URL('..', import.meta.url).pathname;
let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'supercargo-generate-'));
  for (const file of ['package.json', 'prisma.config.ts', 'prisma/schema/main.prisma'])
    cpSync(path.join(root, file), path.join(project, file));
  symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'));
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function writeModel(type: string): void {
  mkdirSync(path.join(project, 'prisma/schema'), { recursive: true });
  writeFileSync(
    path.join(project, 'prisma/schema/port.prisma'),
    `model Port {\n  unlocode ${type} @id\n  @@schema("carriers")\n}\n`,
  );
}

test('writes a client of TypeScript modules, and knows when it is out of date', async () => {
  writeModel('String');
  expect(isGenerated(project)).toBe(false);
  await generateClient(project);
  expect(isGenerated(project)).toBe(true);
  const client = readFileSync(path.join(project, 'prisma/generated/client.ts'), 'utf8');
  expect(client).toContain('export type Port =');
  expect(client).toContain('from "./enums.ts"');
  writeModel('Int');
  expect(isGenerated(project)).toBe(false);
});

test('passes on what Prisma says about a wrong schema', async () => {
  writeModel('Strng');
  await expect(generateClient(project)).rejects.toThrow(
    /^prisma generate failed \(exit code 1\)\n[^]*Type "Strng" is neither/,
  );
});
