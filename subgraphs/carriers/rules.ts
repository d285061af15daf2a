import { mayRead } from '#platform/policy/baseline.ts';
import type { Rules } from '#platform/policy/guard.ts';
import * as when from '#platform/policy/rules.ts';
import { open, readRule } from '#platform/policy/rules.ts';

/** Reference data is the same for every tenant: whoever may read the graph may read all of it. */
const read = readRule({ name: 'read', to: 'Everyone with the scope graph:read.' }, when.caller(mayRead));

/** Who may read what. A type or field that isn't named here is closed. */
export const rules = {
  Query: {
    _service: open,
    _entities: read,
    carrier: read,
    carriers: read,
    port: read,
    ports: read,
    vessel: read,
    vessels: read,
  },
  _Service: open,
  Carrier: read,
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
} satisfies Rules;
