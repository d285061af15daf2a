import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { MESSAGES_OF_ENTRY, contentOfEntry } from './event-message.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

test.each([
  { name: 'one message', fields: ['k', 'a', 'm', '{1}'], pairs: [['a', '{1}']] },
  {
    name: 'several',
    fields: ['k', 'a b', 'm', '{1}\n{2}'],
    pairs: [
      ['a', '{1}'],
      ['b', '{2}'],
    ],
  },
  {
    name: 'an entry of an earlier version',
    fields: ['k', 'a', 'm', '{1}', 'k', 'b', 'm', '{2}'],
    pairs: [
      ['a', '{1}'],
      ['b', '{2}'],
    ],
  },
  {
    name: 'several with a beginning',
    fields: ['k', 'a b', 'b', '{0,', 'm', '1}\n2}'],
    pairs: [
      ['a', '{0,1}'],
      ['b', '{0,2}'],
    ],
  },
  { name: 'too few names', fields: ['k', 'a', 'b', '{0,', 'm', '1}\n2}'], pairs: [['a', '{0,1}\n2}']] },
  {
    name: 'fields of somebody else',
    fields: ['k', 'n', 'm', 'abcdef', 'b', 'xy', 'k', 'o', 'b', 'z'],
    pairs: [['n', 'xyabcdef']],
  },
  { name: 'without a name', fields: ['k', '', 'm', 'poison'], pairs: [['', 'poison']] },
  { name: 'line breaks of somebody else', fields: ['k', 'a', 'm', 'x\ny'], pairs: [['a', 'x\ny']] },
  { name: 'a message alone', fields: ['m', 'x'], pairs: [['', 'x']] },
])('an entry is read the same here and in scripts: $name', async ({ fields, pairs }) => {
  const { beginning, messages } = contentOfEntry(fields);
  expect(messages.map((message) => beginning + message)).toEqual(pairs.map(([, message]) => message));
  const script = `${MESSAGES_OF_ENTRY}\nreturn messages(ARGV)`;
  expect(await platform.connections.requests.eval(script, 0, ...fields)).toEqual(pairs);
});
