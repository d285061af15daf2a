import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, isRunning, processStart } from './ownership.mjs';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'supercargo-ownership-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const me = { pid: process.pid, started: processStart(process.pid) };

test('tells a process from another one that got the same id', () => {
  expect(isRunning({ pid: process.pid, started: me.started ?? '' })).toBe(true);
  expect(isRunning({ pid: process.pid, started: '1' })).toBe(false);
  expect(processStart(0)).toBeUndefined();
});

test('has one owner at a time', () => {
  const first = claim(directory, 'thing');
  expect(first.owned).toBe(true);
  expect(claim(directory, 'thing')).toEqual({ owned: false, owner: me });
  expect(claim(directory, 'another thing').owned).toBe(true);
  if (first.owned) first.release();
  expect(claim(directory, 'thing').owned).toBe(true);
});

test('passes from a process that ended without releasing, whoever has its id now', () => {
  for (const stale of [{ pid: process.pid, started: '1' }, { pid: 2 ** 30, started: '1' }, 'not JSON']) {
    writeFileSync(
      path.join(directory, 'thing.owner.7'),
      JSON.stringify(stale).slice(0, stale === 'not JSON' ? 3 : undefined),
    );
    const taken = claim(directory, 'thing');
    expect(taken.owned).toBe(true);
    expect(readdirSync(directory)).toEqual(['thing.owner.8']);
    rmSync(path.join(directory, 'thing.owner.8'));
  }
});

test('respects a claim that is being written, but not for ever', () => {
  const file = path.join(directory, 'thing.owner.1');
  writeFileSync(file, '');
  expect(claim(directory, 'thing').owned).toBe(false);
  utimesSync(file, 0, 0);
  expect(claim(directory, 'thing').owned).toBe(true);
});

test('of many processes that race for a stale claim, one wins', async () => {
  writeFileSync(path.join(directory, 'thing.owner.1'), JSON.stringify({ pid: 2 ** 30, started: '1' }));
  const script = `
    import { claim } from ${JSON.stringify(new URL('ownership.mjs', import.meta.url).href)};
    const start = Number(process.argv[1]);
    while (Date.now() < start);
    console.log(claim(${JSON.stringify(directory)}, 'thing').owned);
    process.stdin.resume();`;
  const start = String(Date.now() + 500);
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script, start]),
  );
  const answers = await Promise.all(
    children.map(async (child) => String(((await once(child.stdout, 'data')) as unknown[])[0])),
  );
  for (const child of children) child.stdin.end();
  expect(answers.filter((answer) => answer.trim() === 'true')).toHaveLength(1);
});
