import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, isInstant, isUuid, pageSize, toConnection } from './connection.ts';

describe('pageSize', () => {
  it.each([1, 100])('takes %i', (first) => expect(pageSize(first)).toBe(first));
  it.each([0, -1, 101, 1_000_000_000])('refuses %i', (first) => {
    expect(() => pageSize(first)).toThrow(`first is ${first}: expected 1 to 100`);
  });
});

describe('a cursor', () => {
  const id = '0a000000-0000-4000-8000-00000000000a';

  it('gives its values back', () => {
    const cursor = encodeCursor('2026-01-01T00:00:00.000Z', id);
    expect(decodeCursor(cursor, isInstant, isUuid)).toEqual(['2026-01-01T00:00:00.000Z', id]);
    expect(decodeCursor(null, isInstant)).toBeNull();
    expect(decodeCursor(undefined, isInstant)).toBeNull();
  });

  it.each([
    '',
    'nonsense',
    encodeCursor('x', id),
    encodeCursor(id),
    encodeCursor('2026-01-01', id),
    encodeCursor('2026-02-30T00:00:00.000Z', id),
    encodeCursor('0000-01-01T00:00:00.000Z', id),
    encodeCursor('+275760-01-01T00:00:00.000Z', id),
    encodeCursor('2026-01-01T00:00:00.000Z', id, id),
    Buffer.from('[1,2]').toString('base64url'),
    Buffer.from('{"a":1}').toString('base64url'),
    encodeCursor('2026-01-01', "' OR 1=1 --"),
  ])('that is %j is refused', (cursor) => {
    expect(() => decodeCursor(cursor, isInstant, isUuid)).toThrow(
      'expected a cursor that this list returned',
    );
  });
});

describe('toConnection', () => {
  it('tells whether there is more before and after', () => {
    const page = toConnection(['a', 'b', 'c'], 2, 'somewhere', (row) => `@${row}`);
    expect(page.edges).toEqual([
      { cursor: '@a', node: 'a' },
      { cursor: '@b', node: 'b' },
    ]);
    expect(page.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: true,
      startCursor: '@a',
      endCursor: '@b',
    });
  });

  it('can be empty', () => {
    expect(toConnection([], 2, null, String)).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});
