import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findRedis } from './redis-binary.ts';

const isRoot = process.getuid?.() === 0;
let directory: string;
let policyFile: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'supercargo-redis-binary-'));
  policyFile = path.join(directory, 'policy-rc.d');
  mkdirSync(path.join(directory, 'bin'));
  // The stand-ins below need a shell, but not the machine's real Redis or apt-get.
  vi.stubEnv('PATH', path.join(directory, 'bin'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

function program(name: string, script: string): string {
  const file = path.join(directory, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('prefers what is in PATH, Redis or Valkey', async () => {
  const valkey = program('valkey-server', '');
  expect(await findRedis(() => {}, policyFile)).toBe(valkey);
  const redis = program('redis-server', '');
  expect(await findRedis(() => {}, policyFile)).toBe(redis);
});

test('names the choices when there is none and it may not or cannot install one', async () => {
  await expect(findRedis(() => {}, policyFile)).rejects.toMatchObject({
    code: 'REDIS_MISSING',
    message: expect.stringMatching(
      /^no Redis found .*: install redis-server or valkey-server, or set REDIS_URL$/,
    ) as string,
  });
});

test.runIf(isRoot)('installs it with apt-get, and keeps the system from starting it', async () => {
  const log = path.join(directory, 'log');
  const installed = path.join(directory, 'bin/redis-server');
  program(
    'apt-get',
    `echo "$@" >> ${log}
     case "$*" in
       *install*) ${policyFile}; echo "policy $?" >> ${log}; echo '#!/bin/sh' > ${installed}; /bin/chmod +x ${installed};;
     esac`,
  );
  const lines: string[] = [];
  expect(await findRedis((line) => lines.push(line), policyFile)).toBe(installed);
  expect(readFileSync(log, 'utf8')).toBe(
    '-q update\n-q install -y --no-install-recommends redis-server\npolicy 101\n',
  );
  expect(existsSync(policyFile)).toBe(false);
  expect(lines).toEqual([
    'no Redis found: installing redis-server with apt-get (once; takes up to a minute)',
    expect.stringMatching(/^redis-server installed \(\d+\.\d s\)$/),
  ]);
});

test.runIf(isRoot)(
  'says in one line why apt-get failed, and leaves a policy that was there before',
  async () => {
    writeFileSync(policyFile, 'theirs');
    program('apt-get', 'echo "E: Unable to locate package redis-server" >&2; exit 100');
    await expect(findRedis(() => {}, policyFile)).rejects.toMatchObject({
      code: 'REDIS_MISSING',
      message:
        "no Redis found, and apt-get can't install it (E: Unable to locate package redis-server): " +
        'install redis-server or valkey-server, or set REDIS_URL',
    });
    expect(readFileSync(policyFile, 'utf8')).toBe('theirs');
  },
);
