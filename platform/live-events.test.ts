import { expect, it } from 'vitest';
import { compareCursors, cursorAfter, entryOfCursor, LiveReader, type LiveEnvelope } from './live-events.ts';

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
  const reader = new LiveReader();
  expect(reader.read('7-0')).toEqual([]);
  expect(reader.read(JSON.stringify([one, two]))).toEqual([envelope, other]);
  expect(reader.read('7-1')).toEqual([]);
  const [later] = reader.read(JSON.stringify([one])) ?? [];
  expect(compareCursors(later?.cursor ?? '', other.cursor)).toBeGreaterThan(0);
  expect(entryOfCursor(later?.cursor ?? '')).toBe('7-1');
  expect(entryOfCursor(cursorAfter('7-0'))).toBe('7-0');
});

it('reads a bundle and a message that were published with their id', () => {
  const reader = new LiveReader();
  expect(reader.read(`7-0 ${JSON.stringify([envelope])}`)).toEqual([envelope]);
  expect(reader.read(`7-0 ${JSON.stringify(envelope)}`)).toEqual([envelope]);
});

it('takes a bundle for that of the id right before it, and for none without one', () => {
  const reader = new LiveReader();
  const text = JSON.stringify([envelope]);
  expect(reader.read(text)).toBeNull();
  for (const id of ['6-0', '7-0']) expect(reader.read(id)).toEqual([]);
  expect(reader.read(text)).toEqual([envelope]);
  expect(reader.read(text)).toBeNull();
  expect(reader.read('7-1')).toEqual([]);
  expect(reader.read('garbage')).toBeNull();
  expect(reader.read(text)).toBeNull();
  // The connection broke before its bundle came.
  expect(reader.read('7-1')).toEqual([]);
  expect(reader.read(`7-0 ${text}`)).toEqual([envelope]);
});

it.each([
  '',
  '7-0 null',
  '7-0 []',
  '7-0 [{"topic":"shipment"}]',
  JSON.stringify([envelope]),
  `7 ${JSON.stringify([envelope])}`,
  `7-0 ${JSON.stringify([{ ...envelope, data: null }])}`,
  `7-0 ${JSON.stringify([envelope, { ...envelope, match: { id: 1 } }])}`,
  `7-0 ${JSON.stringify(Array.from({ length: 1_001 }, () => envelope))}`,
])('takes %s for no bundle', (text) => {
  expect(new LiveReader().read(text)).toBeNull();
  const [id = '', ...rest] = text.split(' ');
  if (rest.length === 0) return;
  const reader = new LiveReader();
  reader.read(id);
  expect(reader.read(rest.join(' '))).toBeNull();
});
