import { expect, it } from 'vitest';
import {
  compareCursors,
  cursorAfter,
  entryOfCursor,
  parseLiveBundle,
  type LiveEnvelope,
} from './live-events.ts';

const envelope = {
  topic: 'shipment',
  tenant: 't',
  cursor: '7-0',
  match: { id: '1' },
  data: { cursor: '7-0', shipment: { __typename: 'Shipment', id: '1' } },
} satisfies LiveEnvelope;

const other = { ...envelope, cursor: '7-1', data: { ...envelope.data, cursor: '7-1' } };

it('reads a bundle, and gives each of its messages a cursor', () => {
  const [one, two] = [envelope, other].map(({ topic, tenant, match, data }) => ({
    topic,
    tenant,
    match,
    data: { shipment: data.shipment },
  }));
  expect(parseLiveBundle(`7-0 ${JSON.stringify([one, two])}`)).toEqual([envelope, other]);
  const [later] = parseLiveBundle(`7-1 ${JSON.stringify([one])}`) ?? [];
  expect(compareCursors(later?.cursor ?? '', other.cursor)).toBeGreaterThan(0);
  expect(entryOfCursor(later?.cursor ?? '')).toBe('7-1');
  expect(entryOfCursor(cursorAfter('7-0'))).toBe('7-0');
});

it('reads a message that was published by itself', () => {
  expect(parseLiveBundle(`7-0 ${JSON.stringify(envelope)}`)).toEqual([envelope]);
});

it.each([
  '',
  '7-0',
  '7-0 null',
  '7-0 []',
  '7-0 [{"topic":"shipment"}]',
  JSON.stringify([envelope]),
  `7 ${JSON.stringify([envelope])}`,
  `7-0 ${JSON.stringify([{ ...envelope, data: null }])}`,
  `7-0 ${JSON.stringify([envelope, { ...envelope, match: { id: 1 } }])}`,
  `7-0 ${JSON.stringify(Array.from({ length: 1_001 }, () => envelope))}`,
])('takes %s for no bundle', (text) => expect(parseLiveBundle(text)).toBeNull());
