// Plain JavaScript: graphql-codegen loads it.
import { readFile } from 'node:fs/promises';
import { Supergraph } from '@apollo/federation-internals';

/** What clients of the gateway see of a composed supergraph, for tools that know plain GraphQL only. */
export default async function loadApiSchema(file) {
  return Supergraph.build(await readFile(file, 'utf8'))
    .apiSchema()
    .toGraphQLJSSchema();
}
