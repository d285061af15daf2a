import {
  getNamedType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

/**
 * Which field a response path leads to, such as `Bid.ratePerContainer`. Where the path goes through an abstract type,
 * it is the type of the fragment that selects the field.
 * @param path of an error, with aliases and indexes
 * @returns null when the document doesn't lead there
 */
export function coordinateOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  path: readonly (string | number)[],
): string | null {
  const operation = getOperationAST(document, operationName);
  const keys = path.filter((key): key is string => typeof key === 'string');
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root || keys.length === 0) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let places: readonly Place[] = [{ type: root, selections: operation.selectionSet }];
  let coordinate: string | null = null;
  for (const key of keys) {
    const found = places.flatMap((place) => fieldsAt(schema, fragments, place, key, new Set()));
    const [first] = found;
    if (first === undefined) return null;
    coordinate = `${first.type.name}.${first.field.name.value}`;
    places = found.flatMap(({ type, field }) => {
      const definition = typeOf(type, field.name.value);
      return definition && field.selectionSet ? [{ type: definition, selections: field.selectionSet }] : [];
    });
  }
  return coordinate;
}

interface Place {
  readonly type: GraphQLNamedType;
  readonly selections: SelectionSetNode;
}

function fieldsAt(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  { type, selections }: Place,
  key: string,
  seen: Set<string>,
): { type: GraphQLNamedType; field: FieldNode }[] {
  return selections.selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) {
      return (node.alias ?? node.name).value === key ? [{ type, field: node }] : [];
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      if (seen.has(node.name.value)) return [];
      seen.add(node.name.value);
    }
    if (!fragment) return [];
    const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
    return fieldsAt(
      schema,
      fragments,
      { type: condition ?? type, selections: fragment.selectionSet },
      key,
      seen,
    );
  });
}

function typeOf(type: GraphQLNamedType, name: string): GraphQLNamedType | undefined {
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  return field && getNamedType(field.type);
}
