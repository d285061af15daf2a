import {
  executeSync,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { responseName, type JsonObject } from '../fetch-document.ts';
import { collectFields, type CollectContext } from './collect-fields.ts';

/** The JSON texts of an operation's root fields that ask for the schema, by response name. */
export type Introspection = (variables: Readonly<JsonObject>) => ReadonlyMap<string, string>;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** Leaves the parts of an operation that ask for the schema to graphql-js. */
export function compileIntrospection(
  context: CollectContext,
  operation: OperationDefinitionNode,
  root: GraphQLObjectType,
): Introspection {
  if (operation.operation !== OperationTypeNode.QUERY) return () => NOTHING;
  const fields = collectFields(context, [{ type: root, selections: operation.selectionSet }], root)
    .flatMap(({ nodes }) => nodes.map(({ node }) => node))
    .filter(({ name }) => name.value === '__schema' || name.value === '__type');
  if (fields.length === 0) return () => NOTHING;
  const document = documentOf(operation, fields, context.fragments);
  return (variables) => read(context.schema, document, fields, variables);
}

function read(
  schema: GraphQLSchema,
  document: DocumentNode,
  fields: readonly FieldNode[],
  variableValues: Readonly<JsonObject>,
): ReadonlyMap<string, string> {
  const { data, errors } = executeSync({ schema, document, variableValues });
  if (errors?.length) throw errors[0] ?? new Error('introspection failed');
  return new Map(fields.map(responseName).map((name) => [name, JSON.stringify(data?.[name] ?? null)]));
}

function documentOf(
  operation: OperationDefinitionNode,
  fields: readonly FieldNode[],
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): DocumentNode {
  const selectionSet = { kind: Kind.SELECTION_SET, selections: fields } as const;
  const used = new Set<string>();
  visit(selectionSet, { Variable: (node) => void used.add(node.name.value) });
  for (const fragment of Object.values(fragments)) {
    visit(fragment, { Variable: (node) => void used.add(node.name.value) });
  }
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
          used.has(variable.name.value),
        ),
        selectionSet,
      },
      ...Object.values(fragments),
    ],
  };
}
