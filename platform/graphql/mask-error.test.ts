import { describe, expect, it } from 'vitest';
import { isUnavailable } from './mask-error.ts';

const withCause = (cause: unknown): Error => new Error('Invalid invocation', { cause });

describe('isUnavailable', () => {
  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a server that starts', Object.assign(new Error('starting up'), { code: '57P03' })],
    [
      'the same as Prisma tells it',
      withCause({ kind: 'postgres', originalCode: '57P03', message: 'starting up' }),
    ],
    ['a transaction that could not begin', Object.assign(new Error('no'), { code: 'P2028' })],
    ['a Redis that does not answer', new Error('Command timed out')],
    ['a cause deep inside', withCause(withCause(Object.assign(new Error('x'), { code: 'ETIMEDOUT' })))],
  ])('says yes to %s', (_, error) => expect(isUnavailable(error)).toBe(true));

  it.each([
    ['a unique violation', Object.assign(new Error('duplicate key'), { code: '23505' })],
    ['a wrong statement', withCause({ kind: 'postgres', originalCode: '42601', message: 'syntax error' })],
    ['a defect', new TypeError('x is not a function')],
    ['something that is no error', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('says no to %s', (_, error) => expect(isUnavailable(error)).toBe(false));

  it('comes to an end when an error is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(isUnavailable(error)).toBe(false);
  });
});
