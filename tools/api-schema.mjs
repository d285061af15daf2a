// Plain JavaScript: graphql-codegen loads it.
import { readFile } from 'node:fs/promises';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';

/** What clients of the gateway see of a composed supergraph, for tools that know plain GraphQL only. */
export default async function loadApiSchema(file) {
  const options = { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES };
  return Supergraph.build(await readFile(file, 'utf8'), options)
    .apiSchema()
    .toGraphQLJSSchema();
}
