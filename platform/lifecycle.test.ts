import { describe, expect, it, vi } from 'vitest';
import { createLifecycle } from './lifecycle.ts';
import { createLog } from './telemetry/log.ts';
import { readiness } from './telemetry/readiness.ts';

const never = new Promise<never>(() => {});

describe('a lifecycle', () => {
  it('ends what was started in the opposite order, once', async () => {
    const ended: string[] = [];
    const lifecycle = createLifecycle(createLog('silent'));
    for (const name of ['services', 'subgraph', 'gateway']) lifecycle.onStop(name, () => void ended.push(name));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(ended).toEqual(['gateway', 'subgraph', 'services']);
    expect(lifecycle.stopping).toBe(true);
  });

  it('goes on past a step that fails and one that hangs', async () => {
    vi.useFakeTimers();
    const ended: string[] = [];
    const lifecycle = createLifecycle(createLog('silent'));
    lifecycle.onStop('first', () => void ended.push('first'));
    lifecycle.onStop('hangs', () => never);
    lifecycle.onStop('fails', () => Promise.reject(new Error('no')));
    const stopping = lifecycle.stop();
    await vi.advanceTimersByTimeAsync(6_000);
    await stopping;
    vi.useRealTimers();
    expect(ended).toEqual(['first']);
  });
});

describe('readiness', () => {
  it('says of each dependency whether it answers, and why not', async () => {
    const state = await readiness(
      { fine: () => Promise.resolve(), dead: () => Promise.reject(new Error('refused')), frozen: () => never },
      20,
    );
    expect(state).toEqual({
      ready: false,
      dependencies: {
        fine: { ok: true },
        dead: { ok: false, reason: 'refused' },
        frozen: { ok: false, reason: 'no answer within 20 ms' },
      },
    });
  });
});
