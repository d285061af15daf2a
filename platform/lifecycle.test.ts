import { describe, expect, it, vi } from 'vitest';
import { createLifecycle, StoppingError } from './lifecycle.ts';
import { createLog } from './telemetry/log.ts';
import { readiness } from './telemetry/readiness.ts';

const never = new Promise<never>(() => {});

describe('a lifecycle', () => {
  it('ends what was started in the opposite order, once', async () => {
    const ended: string[] = [];
    const lifecycle = createLifecycle(createLog('silent'));
    for (const name of ['services', 'subgraph', 'gateway'])
      lifecycle.onStop(name, () => void ended.push(name));
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

describe('a start', () => {
  it('that is stopped ends the step under way before anything is undone, and goes no further', async () => {
    const done: string[] = [];
    const lifecycle = createLifecycle(createLog('silent'));
    let servicesStarted = (): void => {};
    const services = new Promise<void>((resolve) => (servicesStarted = resolve));
    const start = async (): Promise<void> => {
      await lifecycle.step(async () => {
        await services;
        lifecycle.onStop('services', () => void done.push('services stopped'));
        done.push('services started');
      });
      await lifecycle.step(() => Promise.resolve(done.push('migrated')));
    };
    const starting = start();
    const stopping = lifecycle.stop();
    servicesStarted();
    await expect(starting).rejects.toThrow(StoppingError);
    await stopping;
    expect(done).toEqual(['services started', 'services stopped']);
  });
});

describe('readiness', () => {
  it('says of each dependency whether it answers, and why not', async () => {
    const state = await readiness(
      {
        fine: () => Promise.resolve(),
        dead: () => Promise.reject(new Error('refused')),
        frozen: () => never,
      },
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
