import { setMaxListeners } from 'node:events';
import type { FetchNode } from '@apollo/query-planner';
import {
  OperationTypeNode,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { AnswerReader } from './answer-reader.ts';
import { readAnswer, type SubgraphAnswer, type SubgraphError } from './subgraph-answer.ts';
import type { EngineSettings } from './settings.ts';
import type { Exchange } from './exchange.ts';
import { isForClients, subgraphFailure, unavailableFailure, type Failure } from './failure.ts';
import {
  compositeType,
  isJsonObject,
  operationSelections,
  responseName,
  selectedFields,
  type JsonObject,
} from './fetch-document.ts';
import { pathKeys, PLACE, type PathKeys, type ResponsePath } from './response-path.ts';
import { askInTime, SubgraphUnavailable, type Subgraph } from './subgraph.ts';

/** A key of an entity, as sent to `_entities`, with the entity's place in the client's answer. */
export type Representation = JsonObject & { readonly [PLACE]?: ResponsePath };

/** One fetch of a plan: asks its subgraph, checks the answer, and tells what went wrong at the client's paths. */
export class SubgraphFetch {
  readonly #subgraph: Subgraph;
  readonly #query: string;
  readonly #operationName: string | undefined;
  readonly #isMutation: boolean;
  readonly #selections: SelectionSetNode;
  readonly #rootType: GraphQLCompositeType | undefined;
  readonly #schema: GraphQLSchema;
  readonly #settings: EngineSettings;
  readonly #renamed: ReadonlyMap<string, string>;

  constructor(
    node: FetchNode & { operationDocumentNode: DocumentNode },
    subgraph: Subgraph,
    schema: GraphQLSchema,
    settings: EngineSettings,
  ) {
    this.#subgraph = subgraph;
    this.#query = node.operation;
    this.#operationName = node.operationName;
    this.#isMutation = node.operationKind === OperationTypeNode.MUTATION;
    this.#selections = operationSelections(node.operationDocumentNode);
    this.#rootType = schema.getRootType(node.operationKind) ?? undefined;
    this.#schema = schema;
    this.#settings = settings;
    this.#renamed = new Map(
      (node.outputRewrites ?? []).flatMap((rewrite) =>
        rewrite.kind === 'KeyRenamer' ? [[rewrite.path.at(-1) ?? '', rewrite.renameKeyTo] as const] : [],
      ),
    );
  }

  /** @returns the root fields' values; null where there are none, with the reason in the exchange's failures */
  async fetchRoot(variables: JsonObject, exchange: Exchange): Promise<JsonObject | null> {
    const everything = (): PathKeys[] => this.#fieldPaths(this.#selections, this.#rootType, null, exchange);
    const answer = await this.#ask(variables, exchange, everything);
    if (!answer) return null;
    for (const error of answer.errors) {
      this.#fail(error, error.path ? [this.#rename(error.path)] : everything(), exchange);
    }
    if (!answer.data) return null;
    this.#reader(exchange).readObject(answer.data, this.#rootType, this.#selections, null);
    return answer.data;
  }

  /** @returns `_entities` as the plan's executor expects it; null when there is nothing, with the reason in the failures */
  async fetchEntities(
    variables: JsonObject,
    representations: readonly Representation[],
    exchange: Exchange,
  ): Promise<{ _entities: (JsonObject | null)[] } | null> {
    const [entitiesField] = selectedFields(this.#schema, this.#selections, undefined, {});
    const selections = entitiesField?.selectionSet;
    if (!selections) throw new Error('an entity fetch of the plan selects nothing');
    const typeOf = (index: number): GraphQLCompositeType | undefined =>
      compositeType(this.#schema, representations[index]?.__typename);
    const placeOf = (index: number): ResponsePath | null => representations[index]?.[PLACE] ?? null;
    const everything = (): PathKeys[] =>
      representations.flatMap((_, index) =>
        this.#fieldPaths(selections, typeOf(index), placeOf(index), exchange),
      );
    const answer = await this.#ask({ ...variables, representations }, exchange, everything);
    if (!answer) return null;
    for (const error of answer.errors) {
      const [, index, ...rest] = error.path ?? [];
      const known = typeof index === 'number' && representations[index] !== undefined;
      this.#fail(
        error,
        known ? [[...pathKeys(placeOf(index)), ...this.#rename(rest)]] : everything(),
        exchange,
      );
    }
    if (!answer.data) return null;
    const entities = answer.data._entities;
    if (!Array.isArray(entities) || entities.length !== representations.length) {
      if (answer.errors.length === 0) {
        this.#unavailable(
          `answered without the ${representations.length} entities it was asked for`,
          everything(),
          exchange,
        );
      }
      return null;
    }
    const reader = this.#reader(exchange);
    return {
      _entities: entities.map((entity: unknown, index) => {
        if (!isJsonObject(entity)) return null;
        reader.readObject(entity, typeOf(index), selections, placeOf(index));
        return entity;
      }),
    };
  }

  async #ask(
    variables: JsonObject,
    exchange: Exchange,
    everything: () => readonly PathKeys[],
  ): Promise<SubgraphAnswer | null> {
    const { metrics, timeout } = this.#settings;
    const subgraph = this.#subgraph.name;
    try {
      const { token, requestId } = exchange;
      // What a mutation has begun is not given up because the client no longer listens.
      const signal = this.#isMutation ? NEVER : exchange.signal;
      const request = {
        query: this.#query,
        operationName: this.#operationName,
        variables,
        token,
        requestId,
        signal,
      };
      const answer = readAnswer(subgraph, await askInTime(this.#subgraph, request, timeout));
      metrics.subgraphFetches.inc({ subgraph, outcome: 'ok' });
      return answer;
    } catch (error) {
      if (!(error instanceof SubgraphUnavailable)) throw error;
      metrics.subgraphFetches.inc({ subgraph, outcome: 'error' });
      this.#unavailable(error.message, everything(), exchange);
      return null;
    }
  }

  #reader(exchange: Exchange): AnswerReader {
    return new AnswerReader(this.#schema, exchange.variables, this.#renamed, (path, expected) => {
      this.#unavailable(
        `answered something else than ${expected} at ${pathKeys(path).join('.')}`,
        [pathKeys(path)],
        exchange,
      );
    });
  }

  #fail(error: SubgraphError, paths: readonly PathKeys[], exchange: Exchange): void {
    const { log, production } = this.#settings;
    if (!isForClients(error)) {
      const { requestId } = exchange;
      log.error(
        { subgraph: this.#subgraph.name, reason: error.message, code: error.extensions.code, requestId },
        'a subgraph failed',
      );
    }
    this.#add(paths, (path) => subgraphFailure(error, path, production), exchange);
  }

  #unavailable(reason: string, paths: readonly PathKeys[], exchange: Exchange): void {
    if (!exchange.signal.aborted) {
      const { name } = this.#subgraph;
      this.#settings.log.warn(
        { subgraph: name, reason, requestId: exchange.requestId },
        'a subgraph is unavailable',
      );
    }
    this.#add(paths, (path) => unavailableFailure(this.#subgraph.name, path), exchange);
  }

  #add(paths: readonly PathKeys[], failure: (path: PathKeys) => Failure, exchange: Exchange): void {
    for (const path of paths.length > 0 ? paths : [[]]) exchange.failures.push(failure(path));
  }

  /** The places that stay empty when the whole fetch fails. */
  #fieldPaths(
    selections: SelectionSetNode,
    type: GraphQLCompositeType | undefined,
    path: ResponsePath | null,
    exchange: Exchange,
  ): PathKeys[] {
    const names = new Set<string>();
    for (const field of selectedFields(this.#schema, selections, type, exchange.variables)) {
      if (field.name.value !== '__typename') names.add(responseName(field));
    }
    const base = pathKeys(path);
    return [...names].map((name) => [...base, this.#renamed.get(name) ?? name]);
  }

  #rename(path: PathKeys): PathKeys {
    return this.#renamed.size === 0
      ? path
      : path.map((key) => (typeof key === 'string' ? (this.#renamed.get(key) ?? key) : key));
  }
}

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);
