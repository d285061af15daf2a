import { expect, test } from 'vitest';
import { RefusedRequest } from './read-body.ts';
import { createTurnstile } from './turnstile.ts';

test('lets a few through, the others in order as places are left, and refuses the rest', async () => {
  const pass = createTurnstile(2, 3);
  const started: number[] = [];
  const works = Array.from({ length: 6 }, deferred);
  const passed = works.map(({ promise }, index) =>
    pass(() => {
      started.push(index);
      return promise;
    }),
  );
  await expect(passed[5]).rejects.toThrow(RefusedRequest);
  await expect(passed[5]).rejects.toMatchObject({ status: 429 });
  expect(started).toEqual([0, 1]);
  works[1]?.reject(new Error('failed'));
  await expect(passed[1]).rejects.toThrow('failed');
  works[0]?.resolve(0);
  expect(await passed[0]).toBe(0);
  expect(started).toEqual([0, 1, 2, 3]);
  works.slice(2, 5).forEach(({ resolve }, index) => resolve(index + 2));
  expect(await Promise.all(passed.slice(2, 5))).toEqual([2, 3, 4]);
  expect(await pass(() => Promise.resolve('free again'))).toBe('free again');
});

function deferred() {
  let resolve: (value: number) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<number>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
