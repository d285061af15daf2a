import { isAbstractType, type GraphQLSchema } from 'graphql';
import type { JsonObject } from '../fetch-document.ts';
import type { PathKeys } from '../response-path.ts';
import type { SubgraphFetch } from '../subgraph-fetch.ts';
import type { Exchange } from '../exchange.ts';
import type { Surroundings } from './context.ts';
import { groupEntities, type Wanted } from './grouping.ts';
import { merge } from './merge.ts';
import type { Representations } from './representation.ts';
import type { Fetched } from './reuse.ts';
import type { Rewrite } from './rewrites.ts';
import type { Run, Step } from './step.ts';
import { collectTargets, placesOfTargets, type FlattenPath } from './targets.ts';

export interface EntityFetchParts {
  readonly fetch: SubgraphFetch;
  readonly path: FlattenPath;
  readonly representations: Representations;
  /** Whether entities of several types may have one representation; what comes back depends on the type. */
  readonly byType: boolean;
  readonly output: Rewrite | null;
  /** What the entities are given of the objects around them; null: nothing. */
  readonly surroundings: Surroundings | null;
  readonly schema: GraphQLSchema;
}

const NOTHING: Fetched = new Map();

/** Asks for more of the entities at a path, in one request. */
export function compileEntityFetch({
  fetch,
  path,
  representations,
  byType,
  output,
  surroundings,
  schema,
}: EntityFetchParts): Step {
  const reusable = fetch.isFlat && !byType && !output && !surroundings;

  const ask = async (
    run: Run,
    wanted: readonly Wanted[],
    exchange: Exchange = run.exchange,
  ): Promise<Fetched> => {
    let places: ReadonlyMap<object, PathKeys[]> | undefined;
    const answer = await fetch.fetchEntities(
      {
        representations: wanted.map(({ representation }) => representation),
        typenameOf: (index) => wanted[index]?.takers[0]?.__typename,
        placesOf: (index) => {
          const known = (places ??= placesOfTargets(run.data, path));
          return (wanted[index]?.takers ?? []).flatMap((taker) => known.get(taker) ?? []);
        },
      },
      exchange,
    );
    if (!answer) return NOTHING;
    const fetched = new Map<string, JsonObject>();
    answer.entities.forEach((entity, index) => {
      const one = wanted[index];
      if (!entity || !one) return;
      if (reusable && answer.clean) fetched.set(one.representation, entity);
      take(entity, one.takers, run);
    });
    return fetched;
  };

  const take = (entity: JsonObject, takers: readonly JsonObject[], { shared, apart }: Run): void => {
    const known = takers[0]?.__typename;
    const told = entity.__typename;
    // A subgraph that knows the interface only calls every object by its name.
    if (told !== known && (told === undefined || (known !== undefined && isAbstractName(schema, told)))) {
      entity.__typename = known;
    }
    output?.(entity);
    const several = takers.length > 1 && !apart ? shared : null;
    for (const taker of takers) merge(taker, apart ? structuredClone(entity) : entity, several);
  };

  /** Takes what another fetch brings and asks for the rest. */
  const waitOrAsk = async (run: Run, waiting: ReadonlyMap<Promise<Fetched>, Wanted[]>): Promise<void> => {
    const missed: Wanted[] = [];
    for (const [promise, wanted] of waiting) {
      const fetched = await promise;
      for (const one of wanted) {
        const entity = fetched.get(one.representation);
        if (!entity) missed.push(one);
        else for (const taker of one.takers) merge(taker, entity, null);
      }
    }
    if (missed.length > 0) await ask(run, missed);
  };

  const askInSurroundings = async (run: Run, groups: ReturnType<Surroundings>): Promise<void> => {
    const { exchange } = run;
    await Promise.all(
      groups.map(({ entities, variables }) => {
        const wanted = groupEntities(entities, representations, byType);
        const own = { ...exchange, variables: { ...exchange.variables, ...variables } };
        return wanted.length > 0 ? ask(run, wanted, own) : Promise.resolve(NOTHING);
      }),
    );
  };

  if (surroundings) {
    return (run) => {
      const groups = surroundings(run.data, path);
      return groups.length > 0 ? askInSurroundings(run, groups) : undefined;
    };
  }
  return (run) => {
    const wanted = groupEntities(collectTargets(run.data, path, run.shared), representations, byType);
    if (wanted.length === 0) return undefined;
    if (!reusable || !run.reuse) return ask(run, wanted).then(() => undefined);
    const known = run.reuse.of(fetch.reuseKey(run.exchange));
    const waiting = new Map<Promise<Fetched>, Wanted[]>();
    const asked: Wanted[] = [];
    for (const one of wanted) {
      const promise = known.get(one.representation);
      const others = promise && waiting.get(promise);
      if (others) others.push(one);
      else if (promise) waiting.set(promise, [one]);
      else asked.push(one);
    }
    const pending: Promise<unknown>[] = [];
    if (asked.length > 0) {
      const promise = ask(run, asked);
      for (const { representation } of asked) known.set(representation, promise);
      pending.push(promise);
    }
    if (waiting.size > 0) pending.push(waitOrAsk(run, waiting));
    return Promise.all(pending).then(() => undefined);
  };
}

function isAbstractName(schema: GraphQLSchema, typename: unknown): boolean {
  return typeof typename === 'string' && isAbstractType(schema.getType(typename));
}
