import { isRecord } from '#platform/is-record.ts';
import type { FetchNode } from '@apollo/query-planner';
import {
  Kind,
  OperationTypeNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { AnswerReader } from './answer-reader.ts';
import { NEVER } from './departure.ts';
import { readAnswer, type SubgraphAnswer, type SubgraphError } from './subgraph-answer.ts';
import type { DeclaredDirectives } from './declared-directives.ts';
import type { EngineSettings } from './settings.ts';
import type { Exchange } from './exchange.ts';
import { isForClients, subgraphFailure, unavailableFailure, type Failure } from './failure.ts';
import {
  compositeType,
  operationSelections,
  responseName,
  selectedFields,
  type JsonObject,
} from './fetch-document.ts';
import { FetchText, type FetchWords } from './fetch-text.ts';
import { pathKeys, type PathKeys } from './response-path.ts';
import { ShapeCheck } from './shape-check.ts';
import { askInTime, SubgraphUnavailable, type Subgraph } from './subgraph.ts';

/** The parts of a plan's fetch that asking needs. */
export type FetchDescription = FetchWords & Pick<FetchNode, 'operationKind' | 'outputRewrites'>;

/** Entities to be asked for. */
export interface EntityRequest {
  /** What the subgraph needs to know of each, as JSON texts. */
  readonly representations: readonly string[];
  readonly typenameOf: (index: number) => unknown;
  /** Where an entity stands in the client's answer; asked for only when something goes wrong. */
  readonly placesOf: (index: number) => readonly PathKeys[];
}

/** What came of asking for entities. */
export interface EntityAnswer {
  /** One for each representation; null: there is no such entity, or no answer. */
  readonly entities: readonly (JsonObject | null)[];
  /** Whether nothing went wrong. */
  readonly clean: boolean;
}

/** One fetch of a plan: asks its subgraph, checks the answer, and tells what went wrong at the client's paths. */
export class SubgraphFetch {
  readonly #subgraph: Subgraph;
  readonly #text: FetchText;
  /** Directives that the subgraph may not know; null: there are none. */
  readonly #uncertain: { readonly declared: DeclaredDirectives; readonly used: ReadonlySet<string> } | null;
  /** By the directives that the subgraph doesn't know. */
  readonly #textsWithout = new Map<string, FetchText>();
  readonly #asks: string;
  /** Whether it asks for single values only, which can stand at several places at once. */
  readonly isFlat: boolean;
  readonly #isMutation: boolean;
  readonly #selections: SelectionSetNode;
  readonly #rootType: GraphQLCompositeType | undefined;
  readonly #shape: ShapeCheck;
  readonly #schema: GraphQLSchema;
  readonly #settings: EngineSettings;
  readonly #renamed: ReadonlyMap<string, string>;
  readonly #countOk: () => void;

  /**
   * @param schema the whole supergraph's
   * @param entities whether it asks for `_entities`
   * @param declared which directives of theirs the subgraphs know; null: they have none for operations
   */
  constructor(
    node: FetchDescription,
    entities: boolean,
    subgraph: Subgraph,
    schema: GraphQLSchema,
    settings: EngineSettings,
    declared: DeclaredDirectives | null,
  ) {
    this.#subgraph = subgraph;
    const { variableUsages = [] } = node;
    const given = variableUsages.filter((variable) => !(entities && variable === 'representations'));
    this.#text = new FetchText({ ...node, variableUsages: given });
    const used = declared?.usedBy(node.operationDocumentNode);
    this.#uncertain = declared && used?.size ? { declared, used } : null;
    // The name of the operation says only where in the plan it stands.
    this.#asks = `${subgraph.name} ${node.operation.replace(node.operationName ?? '', '')} `;
    this.#isMutation = node.operationKind === OperationTypeNode.MUTATION;
    const selections = operationSelections(node.operationDocumentNode);
    this.#selections = entities ? entitySelections(schema, selections) : selections;
    this.isFlat = isFlat(this.#selections);
    this.#rootType = entities ? undefined : (schema.getRootType(node.operationKind) ?? undefined);
    this.#shape = new ShapeCheck(schema, this.#selections, this.#rootType);
    this.#schema = schema;
    this.#settings = settings;
    this.#renamed = new Map(
      (node.outputRewrites ?? []).flatMap((rewrite) =>
        rewrite.kind === 'KeyRenamer' ? [[rewrite.path.at(-1) ?? '', rewrite.renameKeyTo] as const] : [],
      ),
    );
    const count = settings.metrics.subgraphFetches.labels({ subgraph: subgraph.name, outcome: 'ok' });
    this.#countOk = () => count.inc();
  }

  /**
   * @param placesOfParents where the object stands whose fields are asked for
   * @returns the root fields' values; null where there are none, with the reason in the exchange's failures
   */
  async fetchRoot(
    exchange: Exchange,
    placesOfParents: () => readonly PathKeys[] = ROOT,
  ): Promise<JsonObject | null> {
    const everything = (): PathKeys[] =>
      placesOfParents().flatMap((place) => this.#fieldPaths(this.#rootType, place, exchange));
    const answer = await this.#ask(null, exchange, everything);
    if (!answer) return null;
    for (const error of answer.errors) {
      const { path } = error;
      const paths = path ? placesOfParents().map((place) => [...place, ...this.#rename(path)]) : everything();
      this.#fail(error, paths, exchange);
    }
    if (answer.data && !this.#shape.passes(answer.data)) {
      this.#correct(answer.data, this.#rootType, placesOfParents, exchange);
    }
    return answer.data;
  }

  /** @returns null when there is nothing, with the reason in the exchange's failures */
  async fetchEntities(
    { representations, typenameOf, placesOf }: EntityRequest,
    exchange: Exchange,
  ): Promise<EntityAnswer | null> {
    const typeOf = (index: number): GraphQLCompositeType | undefined =>
      compositeType(this.#schema, typenameOf(index));
    const everything = (): PathKeys[] =>
      representations.flatMap((_, index) =>
        placesOf(index).flatMap((place) => this.#fieldPaths(typeOf(index), place, exchange)),
      );
    const answer = await this.#ask(representations, exchange, everything);
    if (!answer) return null;
    for (const error of answer.errors) {
      const [, index, ...rest] = error.path ?? [];
      const known = typeof index === 'number' && representations[index] !== undefined;
      const paths = known ? placesOf(index).map((place) => [...place, ...this.#rename(rest)]) : everything();
      this.#fail(error, paths, exchange);
    }
    const entities = answer.data?._entities;
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
    let clean = answer.errors.length === 0;
    const read = entities.map((entity: unknown, index) => {
      if (!isRecord(entity)) return null;
      if (!this.#shape.passes(entity)) {
        clean = false;
        this.#correct(entity, typeOf(index), () => placesOf(index), exchange);
      }
      return entity;
    });
    return { entities: read, clean };
  }

  /** Equal for fetches that ask the same subgraph for the same fields of entities with the same variables. */
  reuseKey(exchange: Exchange): string {
    return this.#asks + this.#text.variables(exchange);
  }

  async #ask(
    representations: readonly string[] | null,
    exchange: Exchange,
    everything: () => readonly PathKeys[],
  ): Promise<SubgraphAnswer | null> {
    const { metrics, timeout, shared } = this.#settings;
    const subgraph = this.#subgraph.name;
    try {
      const { token, requestId, address = null, reads } = exchange;
      // What a mutation has begun is not given up because the client no longer listens.
      const signal = this.#isMutation ? NEVER : exchange.signal;
      const text = this.#uncertain ? await this.#knownText(exchange) : this.#text;
      const body = text.body(exchange, representations);
      const request = { body, token, requestId, address, signal, tellsReads: reads !== undefined };
      const response =
        exchange.share && !this.#isMutation
          ? await shared.ask(this.#subgraph, request, timeout)
          : await askInTime(this.#subgraph, request, timeout);
      const answer = readAnswer(subgraph, response);
      this.#countOk();
      if (reads) for (const read of answer.reads) reads.push({ subgraph, ...read });
      return answer;
    } catch (error) {
      if (!(error instanceof SubgraphUnavailable)) throw error;
      metrics.subgraphFetches.inc({ subgraph, outcome: 'error' });
      this.#unavailable(error.message, everything(), exchange);
      return null;
    }
  }

  /** Without the directives that the subgraph doesn't know. */
  async #knownText(exchange: Exchange): Promise<FetchText> {
    if (!this.#uncertain) return this.#text;
    const { declared, used } = this.#uncertain;
    const missing = await declared.missing(this.#subgraph, used, exchange);
    if (missing.size === 0) return this.#text;
    const key = [...missing].join(' ');
    const text = this.#textsWithout.get(key) ?? this.#text.without(missing);
    this.#textsWithout.set(key, text);
    return text;
  }

  /** Makes an object that isn't of the promised shape usable. */
  #correct(
    object: JsonObject,
    type: GraphQLCompositeType | undefined,
    placesOf: () => readonly PathKeys[],
    exchange: Exchange,
  ): void {
    const reader = new AnswerReader(this.#schema, exchange.variables, this.#renamed, (path, expected) => {
      const inside = pathKeys(path);
      const paths = placesOf().map((place) => [...place, ...inside]);
      const [place = inside] = paths;
      this.#unavailable(`answered something else than ${expected} at ${place.join('.')}`, paths, exchange);
    });
    reader.readObject(object, type, this.#selections, null);
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
  #fieldPaths(type: GraphQLCompositeType | undefined, place: PathKeys, exchange: Exchange): PathKeys[] {
    const names = new Set<string>();
    for (const field of selectedFields(this.#schema, this.#selections, type, exchange.variables)) {
      if (field.name.value !== '__typename') names.add(responseName(field));
    }
    return [...names].map((name) => [...place, this.#renamed.get(name) ?? name]);
  }

  #rename(path: PathKeys): PathKeys {
    return this.#renamed.size === 0
      ? path
      : path.map((key) => (typeof key === 'string' ? (this.#renamed.get(key) ?? key) : key));
  }
}

const ROOT = (): readonly PathKeys[] => [[]];

function entitySelections(schema: GraphQLSchema, selections: SelectionSetNode): SelectionSetNode {
  const [entities] = selectedFields(schema, selections, undefined, {});
  if (!entities?.selectionSet) throw new Error('an entity fetch of the plan selects nothing');
  return entities.selectionSet;
}

function isFlat({ selections }: SelectionSetNode): boolean {
  return selections.every((selection) =>
    selection.kind === Kind.FIELD
      ? !selection.selectionSet
      : selection.kind === Kind.INLINE_FRAGMENT && isFlat(selection.selectionSet),
  );
}
