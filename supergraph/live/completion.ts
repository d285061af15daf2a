import {
  Kind,
  OperationTypeNode,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { Exchange } from '#supergraph/engine/exchange.ts';
import { pathKeys } from '#supergraph/engine/response-path.ts';
import { SubgraphFetch } from '#supergraph/engine/subgraph-fetch.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import type { Incomplete } from './event-value.ts';

/** Fetches what an event doesn't say of its entities, from the subgraph that sent it, for the caller. */
export class EntityCompletion {
  readonly #supergraph: Supergraph;
  readonly #subgraph: string;
  readonly #variableDefinitions: readonly VariableDefinitionNode[];
  readonly #fetches = new Map<string, SubgraphFetch>();

  /** @param variableDefinitions those of the operation, of which each fetch declares the ones that it uses */
  constructor(
    supergraph: Supergraph,
    subgraph: string,
    variableDefinitions: readonly VariableDefinitionNode[],
  ) {
    this.#supergraph = supergraph;
    this.#subgraph = subgraph;
    this.#variableDefinitions = variableDefinitions;
  }

  /** Fills in every incomplete entity; what can't be had is among the exchange's failures. */
  async complete(incomplete: readonly Incomplete[], exchange: Exchange): Promise<void> {
    const groups = new Map<string, Incomplete[]>();
    for (const entity of incomplete) {
      // Entities of one type that lack the same fields, such as the items of a list, go into one request.
      const query = `${entity.typename} ${entity.missing.map(print).join(' ')}`;
      groups.set(query, [...(groups.get(query) ?? []), entity]);
    }
    await Promise.all([...groups].map(([query, group]) => this.#completeGroup(query, group, exchange)));
  }

  async #completeGroup(query: string, group: readonly Incomplete[], exchange: Exchange): Promise<void> {
    const [{ typename, missing }] = group as [Incomplete];
    const fetch = this.#fetches.get(query) ?? this.#makeFetch(typename, missing);
    this.#fetches.set(query, fetch);
    const request = {
      representations: group.map(({ key }) => JSON.stringify(key)),
      typenameOf: () => typename,
      placesOf: (index: number) => group.slice(index, index + 1).map(({ place }) => pathKeys(place)),
    };
    const answer = await fetch.fetchEntities(request, exchange);
    answer?.entities.forEach((entity, index) => {
      const target = group[index]?.target;
      if (entity && target) for (const [name, value] of Object.entries(entity)) target[name] = value;
    });
  }

  #makeFetch(typename: string, missing: readonly FieldNode[]): SubgraphFetch {
    const used = variablesOf(missing);
    const document = entitiesDocument(
      typename,
      missing,
      this.#variableDefinitions.filter(({ variable }) => used.has(variable.name.value)),
    );
    const { fullSchema, settings, declared } = this.#supergraph;
    const subgraph = this.#supergraph.subgraph(this.#subgraph);
    const node = {
      operation: print(document),
      operationName: undefined,
      variableUsages: [...used],
      operationKind: OperationTypeNode.QUERY,
      operationDocumentNode: document,
    };
    return new SubgraphFetch(node, true, subgraph, fullSchema, settings, declared);
  }
}

const REPRESENTATIONS = 'representations';

function name(value: string): { kind: Kind.NAME; value: string } {
  return { kind: Kind.NAME, value };
}

function entitiesDocument(
  typename: string,
  fields: readonly FieldNode[],
  variableDefinitions: readonly VariableDefinitionNode[],
): DocumentNode {
  const representations = { kind: Kind.VARIABLE, name: name(REPRESENTATIONS) } as const;
  const any = { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: name('_Any') } } as const;
  const listOfAny = { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.LIST_TYPE, type: any } } as const;
  const fragment = {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: name(typename) },
    selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
  } as const;
  const entities = {
    kind: Kind.FIELD,
    name: name('_entities'),
    arguments: [{ kind: Kind.ARGUMENT, name: name(REPRESENTATIONS), value: representations }],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [fragment] },
  } as const;
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: [
          { kind: Kind.VARIABLE_DEFINITION, variable: representations, type: listOfAny },
          ...variableDefinitions,
        ],
        selectionSet: { kind: Kind.SELECTION_SET, selections: [entities] },
      },
    ],
  };
}

function variablesOf(fields: readonly FieldNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const field of fields) visit(field, { Variable: (node) => void names.add(node.name.value) });
  return names;
}
