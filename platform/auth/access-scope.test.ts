import { expect, it } from 'vitest';
import { accessScope } from './access-scope.ts';
import type { Caller } from './caller.ts';

const caller: Caller = {
  subject: 'anna',
  tenant: '0a000000-0000-4000-8000-00000000000a',
  organisation: 'SHIPPER',
  roles: new Set(['viewer', 'buyer']),
  scopes: new Set(['graph:read']),
  carrier: null,
  carriers: null,
  regions: new Set(),
  assurance: 'AAL1',
  expiresAt: 1,
  token: 'a',
};

it('is the same for two people who may see the same, whatever the order of their claims', () => {
  const other = { ...caller, subject: 'ben', roles: new Set(['buyer', 'viewer']), expiresAt: 2, token: 'b' };
  expect(accessScope(other)).toBe(accessScope(caller));
});

it('is another for every claim that may change what is seen, also one that is not known here', () => {
  const others: Caller[] = [
    { ...caller, tenant: '0b000000-0000-4000-8000-00000000000b' },
    { ...caller, organisation: 'PLATFORM' },
    { ...caller, roles: new Set(['viewer']) },
    { ...caller, roles: new Set(['viewer,buyer']) },
    { ...caller, scopes: new Set(['graph:read', 'graph:write']) },
    { ...caller, organisation: 'CARRIER', carrier: 'HLCU' },
    { ...caller, carriers: [] },
    { ...caller, carriers: ['HLCU', 'MAEU'] },
    { ...caller, regions: new Set(['EU']) },
    { ...caller, regions: new Set(['EU', 'NA']) },
    { ...caller, assurance: 'AAL2' },
    { ...caller, clearance: 'high' } as Caller,
  ];
  const scopes = [caller, ...others, null].map(accessScope);
  expect(new Set(scopes).size).toBe(scopes.length);
});
