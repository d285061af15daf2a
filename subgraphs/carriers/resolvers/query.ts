import { badUserInput, fault } from '#platform/errors.ts';
import { listCarriers, type CarrierKey } from '../carrier-reads.ts';
import {
  requireCarrierId,
  requireImoNumber,
  requireScac,
  requireSmdgCode,
  requireUnLocode,
} from '../codes.ts';
import type { CarriersContext } from '../context.ts';
import { listPorts } from '../port-reads.ts';
import { readSearchTerm } from '../search-term.ts';
import { listVessels } from '../vessel-reads.ts';

type Optional = string | null | undefined;

interface CarrierCodes {
  readonly id?: Optional;
  readonly scac?: Optional;
  readonly smdgCode?: Optional;
}

interface ListArguments {
  readonly search?: Optional;
  readonly first: number;
  readonly after?: Optional;
}

export const Query = {
  carrier: (_: unknown, codes: CarrierCodes, { loaders }: CarriersContext) =>
    loaders.carrier.load(carrierKey(codes)),
  carriers: (_: unknown, { search, first, after }: ListArguments, { database }: CarriersContext) =>
    listCarriers(database, { term: readSearchTerm(search), first, after }),
  port: (_: unknown, { unlocode }: { unlocode: string }, { loaders }: CarriersContext) =>
    loaders.port.load(requireUnLocode('unlocode', unlocode)),
  ports: (
    _: unknown,
    { search, countryCode, first, after }: ListArguments & { readonly countryCode?: Optional },
    { database }: CarriersContext,
  ) => listPorts(database, { term: readSearchTerm(search), countryCode: countryCode ?? null, first, after }),
  vessel: (_: unknown, { imo }: { imo: string }, { loaders }: CarriersContext) =>
    loaders.vessel.load(requireImoNumber('imo', imo)),
  vessels: (
    _: unknown,
    { search, operatorScac, first, after }: ListArguments & { readonly operatorScac?: Optional },
    { database }: CarriersContext,
  ) =>
    listVessels(database, {
      term: readSearchTerm(search),
      operatorScac: operatorScac ? requireScac('operatorScac', operatorScac) : null,
      first,
      after,
    }),
};

/** @throws {ApiError} BAD_USER_INPUT unless exactly one code is given, in its form */
function carrierKey(codes: CarrierCodes): CarrierKey {
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
