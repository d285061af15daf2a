import { badUserInput, fault } from '#platform/errors.ts';
import { listCarriers, type CarrierKey } from '../carrier-reads.ts';
import {
  requireCarrierId,
  requireImoNumber,
  requireScac,
  requireSmdgCode,
  requireUnLocode,
} from '../codes.ts';
import type { QueryCarrierArgs, QueryResolvers } from '../generated/schema.ts';
import { listPorts } from '../port-reads.ts';
import { readSearchTerm } from '../search-term.ts';
import { listVessels } from '../vessel-reads.ts';

export const Query = {
  carrier: (_, codes, { loaders }) => loaders.carrier.load(carrierKey(codes)),
  carriers: (_, { search, first, after }, { database }) =>
    listCarriers(database, { term: readSearchTerm(search), first, after }),
  port: (_, { unlocode }, { loaders }) => loaders.port.load(requireUnLocode('unlocode', unlocode)),
  ports: (_, { search, countryCode, first, after }, { database }) =>
    listPorts(database, { term: readSearchTerm(search), countryCode: countryCode ?? null, first, after }),
  vessel: (_, { imo }, { loaders }) => loaders.vessel.load(requireImoNumber('imo', imo)),
  vessels: (_, { search, operatorScac, first, after }, { database }) =>
    listVessels(database, {
      term: readSearchTerm(search),
      operatorScac: operatorScac ? requireScac('operatorScac', operatorScac) : null,
      first,
      after,
    }),
} satisfies QueryResolvers;

/** @throws {ApiError} BAD_USER_INPUT unless exactly one code is given, in its form */
function carrierKey(codes: QueryCarrierArgs): CarrierKey {
  const given = Object.entries(codes).filter(([, code]) => typeof code === 'string');
  if (given.length !== 1) {
    throw badUserInput(
      fault('carrier', Object.fromEntries(given), 'expected exactly one of id, scac and smdgCode'),
    );
  }
  if (typeof codes.id === 'string') return `id:${requireCarrierId('id', codes.id)}`;
  if (typeof codes.scac === 'string') return `scac:${requireScac('scac', codes.scac)}`;
  return `smdg:${requireSmdgCode('smdgCode', codes.smdgCode ?? '')}`;
}
