import { expect, it } from 'vitest';
import { parseLiveEnvelope, type LiveEnvelope } from './live-events.ts';

const envelope: LiveEnvelope = {
  topic: 'shipment',
  tenant: 't',
  cursor: '7-0',
  match: { id: '1' },
  data: { cursor: '7-0', shipment: { __typename: 'Shipment', id: '1' } },
};

it('reads an envelope', () => {
  expect(parseLiveEnvelope(`7-0 ${JSON.stringify(envelope)}`)).toEqual(envelope);
});

it.each([
  '',
  '7-0',
  '7-0 null',
  '7-0 []',
  '7-0 {"topic":"shipment"}',
  JSON.stringify(envelope),
  `7 ${JSON.stringify(envelope)}`,
  `7-0 ${JSON.stringify({ ...envelope, data: null })}`,
  `7-0 ${JSON.stringify({ ...envelope, match: { id: 1 } })}`,
])('takes %s for no envelope', (text) => expect(parseLiveEnvelope(text)).toBeNull());
