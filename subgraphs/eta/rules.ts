import { mayRead } from '#platform/policy/baseline.ts';
import type { Rules } from '#platform/policy/guard.ts';
import * as when from '#platform/policy/rules.ts';
import { open, readRule } from '#platform/policy/rules.ts';

/**
 * This subgraph stores nothing: it computes from the facts that the caller was given by the subgraphs that own them,
 * so whoever has the facts may have the result.
 */
const read = readRule({ name: 'read', to: 'Everyone with the scope graph:read.' }, when.caller(mayRead));

/** Who may read what. A type or field that isn't named here is closed. */
export const rules = {
  Query: { _service: open, _entities: read },
  _Service: open,
  // What is @external isn't answered here.
  Shipment: { id: read, eta: read, emissions: read },
  EtaPrediction: read,
  Emissions: read,
} satisfies Rules;
