import { Kind, OperationTypeNode, type DocumentNode, type SelectionSetNode } from 'graphql';

const INTROSPECTION_FIELDS = new Set(['__schema', '__type', '__typename']);

/**
 * Whether every operation of a document asks for nothing but the schema itself.
 * @param extraFields root fields that count as such too, such as federation's `_service`
 */
export function isIntrospectionOnly(document: DocumentNode, extraFields: readonly string[] = []): boolean {
  const allowed = new Set([...INTROSPECTION_FIELDS, ...extraFields]);
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const onlyAllowed = (selections: SelectionSetNode, path: ReadonlySet<string>): boolean =>
    selections.selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return allowed.has(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return onlyAllowed(selection.selectionSet, path);
      const name = selection.name.value;
      const fragment = fragments.get(name);
      // A fragment that spreads itself is invalid; it must not make this loop.
      return (
        fragment !== undefined &&
        !path.has(name) &&
        onlyAllowed(fragment.selectionSet, new Set(path).add(name))
      );
    });
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return (
    operations.length > 0 &&
    operations.every(
      (node) => node.operation === OperationTypeNode.QUERY && onlyAllowed(node.selectionSet, new Set()),
    )
  );
}
