import {
  DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
} from '@apollo/federation-internals';

const SPECIFICATIONS = 'https://specs.apollo.dev';

/**
 * What a supergraph may say that its gateway must understand: what @apollo/gateway understands, and access rules,
 * contexts and costs. Connectors and others are not among them: a supergraph that needs one is refused.
 */
export const SUPPORTED_FEATURES = new Set<string>([
  ...DEFAULT_SUPPORTED_SUPERGRAPH_FEATURES,
  ...[...ROUTER_SUPPORTED_SUPERGRAPH_FEATURES].filter((url) =>
    ['authenticated', 'requiresScopes', 'policy', 'context', 'cost', 'cacheTag'].some((name) =>
      url.startsWith(`${SPECIFICATIONS}/${name}/`),
    ),
  ),
]);
