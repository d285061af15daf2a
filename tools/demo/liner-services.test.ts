import { describe, expect, it } from 'vitest';
import { REFERENCE_VESSELS } from '#subgraphs/carriers/reference-data/vessels.ts';
import { LINER_SERVICES, linerService, ROUTINGS } from './liner-services.ts';
import { terminalAt } from './terminals.ts';

describe('the services of the demo', () => {
  it('sail with vessels of their carrier, each in one service only', () => {
    const operators = new Map(REFERENCE_VESSELS.map(({ imo, operator }) => [imo, operator]));
    for (const { carrierScac, vessels } of LINER_SERVICES) {
      for (const imo of vessels) expect(`${imo} ${operators.get(imo)}`).toBe(`${imo} ${carrierScac}`);
    }
    const all = LINER_SERVICES.flatMap(({ vessels }) => vessels);
    expect(new Set(all).size).toBe(all.length);
  });

  it('have codes that fit the contract', () => {
    for (const { code } of LINER_SERVICES) expect(code).toMatch(/^[A-Z0-9]{1,5}$/);
  });

  it('are joined to routings of one carrier between known terminals', () => {
    for (const { carrierScac, ports, services } of ROUTINGS) {
      expect(ports.length).toBe(services.length + 1);
      expect(services.map((code) => linerService(code).carrierScac)).toEqual(services.map(() => carrierScac));
      expect(ports.map((port) => terminalAt(port).unlocode)).toEqual(ports);
    }
    const ways = ROUTINGS.map(({ carrierScac, ports }) => `${carrierScac} ${ports[0]} ${ports.at(-1)}`);
    expect(new Set(ways).size).toBe(ways.length);
  });
});
