import type { GraphQLSchema } from 'graphql';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { EntityKeys } from './entity-keys.ts';

/** One subgraph's own schema, as its events are to be read. */
export interface SubgraphView {
  readonly schema: GraphQLSchema;
  readonly keys: EntityKeys;
}

const views = new WeakMap<Supergraph, Map<string, SubgraphView>>();

/**
 * Made once for each supergraph.
 * @throws when the supergraph has no subgraph of this name
 */
export function subgraphView(supergraph: Supergraph, name: string): SubgraphView {
  const known = views.get(supergraph) ?? new Map<string, SubgraphView>();
  views.set(supergraph, known);
  let view = known.get(name);
  if (!view) {
    const subgraph = supergraph.planned.subgraphs().get(name);
    if (!subgraph) throw new Error(`the supergraph has no subgraph "${name}"`);
    view = { schema: subgraph.schema.toGraphQLJSSchema(), keys: new EntityKeys(subgraph) };
    known.set(name, view);
  }
  return view;
}
