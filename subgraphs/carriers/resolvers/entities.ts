import type { CarrierRecord } from '../carrier-reads.ts';
import { listedForm, parseCarrierId, parseScac, parseUnLocode } from '../codes.ts';
import type { CarriersContext } from '../context.ts';
import { parseImoNumber } from '../imo-number.ts';
import { portKnownAs, type PortRecord } from '../port-reads.ts';
import { fleetPage, unregisteredVessel, type VesselRecord } from '../vessel-reads.ts';

/*
 * A reference comes from another subgraph's data, where a code may be anything that a carrier once sent: one that
 * can't be leads to nothing, as one that isn't known.
 */

type Reference<Key extends string> = Readonly<Partial<Record<Key, unknown>>>;
interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

export const entities = {
  Carrier: {
    __resolveReference: ({ id, scac }: Reference<'id' | 'scac'>, { loaders }: CarriersContext) => {
      const key = id === undefined ? listedForm(parseScac, scac) : listedForm(parseCarrierId, id);
      return key === null ? null : loaders.carrier.load(id === undefined ? `scac:${key}` : `id:${key}`);
    },
    contacts: ({ id }: CarrierRecord, _: unknown, { loaders }: CarriersContext) =>
      loaders.contactsOfCarrier.load(id),
    vessels: ({ id }: CarrierRecord, { first, after }: PageArguments, { loaders }: CarriersContext) =>
      loaders.fleet.load(fleetPage(id, first, after)),
  },
  Port: {
    __resolveReference: async ({ unlocode }: Reference<'unlocode'>, { loaders }: CarriersContext) => {
      const code = listedForm(parseUnLocode, unlocode);
      if (code === null) return null;
      const port = await loaders.port.load(code);
      return port && portKnownAs(port, code);
    },
    coordinates: ({ latitude, longitude }: PortRecord) =>
      latitude === null || longitude === null ? null : { latitude, longitude },
  },
  Vessel: {
    // Vessels sail before a register knows them: one with a right number is there, without a name.
    __resolveReference: async ({ imo }: Reference<'imo'>, { loaders }: CarriersContext) => {
      const number = listedForm(parseImoNumber, imo);
      if (number === null) return null;
      return (await loaders.vessel.load(number)) ?? unregisteredVessel(number);
    },
    operator: ({ operatorId }: VesselRecord, _: unknown, { loaders }: CarriersContext) =>
      operatorId === null ? null : loaders.carrier.load(`id:${operatorId}`),
  },
};
