import { allow, deny, rule, shield } from 'graphql-shield';

import { forbidden, unauthenticated } from '#platform/errors.ts';

import type { EtaContext } from './context.ts';

/** Someone with a valid token. Not cached: it costs nothing, and shield's caches know too little of their key. */
const authenticated = rule('authenticated', { cache: 'no_cache' })(
  (_parent, _args, { caller }: Partial<EtaContext>) => (caller ? true : unauthenticated()),
);

/**
 * Who may read what. This subgraph stores nothing: it computes from the facts that the caller was given by the
 * subgraphs that own them, so whoever has the facts may have the result. What is not named is denied.
 */
export const rules = shield(
  {
    Query: {
      _service: allow, // the schema
      _entities: authenticated,
    },
    _Service: allow,
    Shipment: {
      id: authenticated,
      eta: authenticated,
      emissions: authenticated,
    },
    EtaPrediction: allow,
    Emissions: allow,
  },
  {
    fallbackRule: deny,
    fallbackError: forbidden(),
    allowExternalErrors: true, // else every error of a resolver becomes "not authorised"
  },
);
