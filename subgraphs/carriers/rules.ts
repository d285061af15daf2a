import { allow, deny, rule, shield } from 'graphql-shield';
import { forbidden } from '#platform/errors.ts';
import type { CarriersContext } from './context.ts';

/** Reference data is the same for every tenant: whoever may read the graph may read all of it. */
const read = rule('read', { cache: 'no_cache' })(
  (_parent: unknown, _args: unknown, { caller }: CarriersContext) => caller.scopes.has('graph:read'),
);

/** Who may do what. A type or field that isn't named here is denied. */
export const permissions = shield<unknown, CarriersContext>(
  {
    Query: {
      '*': deny,
      _service: allow,
      // What it returns is guarded by the rules of the entity types.
      _entities: allow,
      carrier: read,
      carriers: read,
      port: read,
      ports: read,
      vessel: read,
      vessels: read,
    },
    _Service: allow,
    Carrier: read,
    CarrierContact: read,
    CarrierConnection: read,
    CarrierEdge: read,
    Port: read,
    Coordinates: read,
    PortConnection: read,
    PortEdge: read,
    Vessel: read,
    VesselConnection: read,
    VesselEdge: read,
    PageInfo: read,
  },
  { fallbackRule: deny, fallbackError: forbidden(), allowExternalErrors: true },
);
