import type { SubgraphFetch } from '../subgraph-fetch.ts';
import { merge } from './merge.ts';
import type { Rewrite } from './rewrites.ts';
import type { Step } from './step.ts';
import { collectTargets, placesOfTargets, type FlattenPath } from './targets.ts';

/** Asks for root fields; their values go into the objects at the path, usually the root itself. */
export function compileRootFetch(fetch: SubgraphFetch, path: FlattenPath, output: Rewrite | null): Step {
  if (path.length === 0) {
    return async ({ exchange, data }) => {
      const values = await fetch.fetchRoot(exchange);
      if (!values) return;
      output?.(values);
      merge(data, values, null);
    };
  }
  return ({ exchange, data, shared, apart }) => {
    const targets = collectTargets(data, path, shared);
    if (targets.length === 0) return undefined;
    const places = () => [...placesOfTargets(data, path).values()].flat();
    return fetch.fetchRoot(exchange, places).then((values) => {
      if (!values) return;
      output?.(values);
      const known = targets.length > 1 && !apart ? shared : null;
      for (const target of targets) merge(target, apart ? structuredClone(values) : values, known);
    });
  };
}
