import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import type { JsonObject } from '../fetch-document.ts';
import type { PathKeys } from '../response-path.ts';
import type { SubgraphFetch } from '../subgraph-fetch.ts';
import { merge } from './merge.ts';
import { compileRepresentation } from './representation.ts';
import type { Rewrite } from './rewrites.ts';
import type { Run, Step } from './step.ts';
import { collectTargets, placesOfTargets, type FlattenPath } from './targets.ts';

export interface EntityFetchParts {
  readonly fetch: SubgraphFetch;
  readonly path: FlattenPath;
  readonly requires: readonly QueryPlanSelectionNode[];
  readonly input: Rewrite | null;
  readonly output: Rewrite | null;
  readonly schema: GraphQLSchema;
}

/** The entities of one fetch: those with the same representation are asked for once. */
interface Batch {
  readonly representations: string[];
  /** For each representation the objects that take its answer. */
  readonly takers: JsonObject[][];
}

/** Asks for more of the entities at a path, in one request. */
export function compileEntityFetch({ fetch, path, requires, input, output, schema }: EntityFetchParts): Step {
  const representationOf = compileRepresentation(schema, requires, input);

  const batchOf = ({ data, shared }: Run): Batch => {
    const representations: string[] = [];
    const takers: JsonObject[][] = [];
    const indexes = new Map<string, number>();
    for (const target of collectTargets(data, path, shared)) {
      const representation = representationOf(target);
      if (representation === null) continue;
      // A rewrite may give entities of several types one representation; what comes back depends on the type.
      const key = input ? `${String(target.__typename)} ${representation}` : representation;
      const index = indexes.get(key);
      if (index === undefined) {
        indexes.set(key, representations.length);
        representations.push(representation);
        takers.push([target]);
      } else takers[index]?.push(target);
    }
    return { representations, takers };
  };

  const take = (entity: JsonObject, takers: readonly JsonObject[], shared: Set<object>): void => {
    const [first] = takers;
    entity.__typename ??= first?.__typename;
    output?.(entity);
    const known = takers.length > 1 ? shared : null;
    for (const taker of takers) merge(taker, entity, known);
  };

  return (run) => {
    const { representations, takers } = batchOf(run);
    if (representations.length === 0) return undefined;
    let places: ReadonlyMap<object, PathKeys[]> | undefined;
    const placesOf = (index: number): PathKeys[] => {
      const known = (places ??= placesOfTargets(run.data, path));
      return (takers[index] ?? []).flatMap((taker) => known.get(taker) ?? []);
    };
    const typenameOf = (index: number): unknown => takers[index]?.[0]?.__typename;
    return fetch.fetchEntities({ representations, typenameOf, placesOf }, run.exchange).then((entities) => {
      entities?.forEach((entity, index) => {
        if (entity) take(entity, takers[index] ?? [], run.shared);
      });
    });
  };
}
