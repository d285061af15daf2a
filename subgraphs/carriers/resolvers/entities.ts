import { listedForm, parseCarrierId, parseScac, parseUnLocode } from '../codes.ts';
import type { Resolvers } from '../generated/schema.ts';
import { parseImoNumber } from '../imo-number.ts';
import { portKnownAs } from '../port-reads.ts';
import { fleetPage, unregisteredVessel } from '../vessel-reads.ts';

/*
 * A reference comes from another subgraph's data, where a code may be anything that a carrier once sent: one that
 * can't be leads to nothing, as one that isn't known.
 */

export const entities = {
  Carrier: {
    __resolveReference: (reference, { loaders }) => {
      if ('id' in reference) {
        const id = listedForm(parseCarrierId, reference.id);
        return id === null ? null : loaders.carrier.load(`id:${id}`);
      }
      const scac = listedForm(parseScac, reference.scac);
      return scac === null ? null : loaders.carrier.load(`scac:${scac}`);
    },
    vessels: ({ id }, { first, after }, { loaders }) => loaders.fleet.load(fleetPage(id, first, after)),
  },
  Port: {
    __resolveReference: async ({ unlocode }, { loaders }) => {
      const code = listedForm(parseUnLocode, unlocode);
      if (code === null) return null;
      const port = await loaders.port.load(code);
      return port && portKnownAs(port, code);
    },
    coordinates: ({ latitude, longitude }) =>
      latitude === null || longitude === null ? null : { latitude, longitude },
  },
  Vessel: {
    // Vessels sail before a register knows them: one with a right number is there, without a name.
    __resolveReference: async ({ imo }, { loaders }) => {
      const number = listedForm(parseImoNumber, imo);
      if (number === null) return null;
      return (await loaders.vessel.load(number)) ?? unregisteredVessel(number);
    },
    operator: ({ operatorId }, _, { loaders }) =>
      operatorId === null ? null : loaders.carrier.load(`id:${operatorId}`),
  },
} satisfies Resolvers;
