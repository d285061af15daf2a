import { expect, test } from 'vitest';
import { portKnownAs, type PortRecord } from './port-reads.ts';

const shanghai: PortRecord = {
  unlocode: 'CNSHA',
  name: 'Shanghai',
  countryCode: 'CN',
  province: 'Shanghai',
  latitude: 31.2304,
  longitude: 121.4737,
  timeZone: 'Asia/Shanghai',
  aliases: ['CNSGH', 'Schanghai'],
};

test('a port asked for by an alias keeps that code as its key and lists the other', () => {
  expect(portKnownAs(shanghai, 'CNSGH')).toEqual({
    ...shanghai,
    unlocode: 'CNSGH',
    aliases: ['CNSHA', 'Schanghai'],
  });
});

test('a port asked for by its own code is as it is', () => {
  expect(portKnownAs(shanghai, 'CNSHA')).toBe(shanghai);
});
