import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const SCRIPT = `
  import { createLog } from '#platform/telemetry/log.ts';
  const log = createLog('info');
  const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['s3cret'] } });
  log.warn({ error }, 'Redis is away');
  log.info({ caller: { token: 's3cret' }, headers: { authorization: 's3cret' } }, 'a call');
`;

describe('the log', () => {
  it('tells what happened without the secrets that belong to it', () => {
    const { stderr, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('WRONGPASS');
    expect(stderr).toContain('a call');
    expect(stderr).not.toContain('s3cret');
    expect(stdout).toBe('');
  });
});
