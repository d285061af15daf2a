import { expect, it } from 'vitest';
import { parseLiveEnvelope, type LiveEnvelope } from './live-events.ts';

const envelope: LiveEnvelope = {
  topic: 'shipment',
  tenant: 't',
  cursor: 'c',
  match: { id: '1' },
  data: { shipment: { __typename: 'Shipment', id: '1' } },
};

it('reads an envelope', () => {
  expect(parseLiveEnvelope(JSON.stringify(envelope))).toEqual(envelope);
});

it.each([
  '',
  'null',
  '[]',
  '{"topic":"shipment"}',
  JSON.stringify({ ...envelope, data: null }),
  JSON.stringify({ ...envelope, cursor: 1 }),
  JSON.stringify({ ...envelope, match: { id: 1 } }),
])('takes %s for no envelope', (text) => expect(parseLiveEnvelope(text)).toBeNull());
