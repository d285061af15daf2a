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
  // By fragment, each judged once however often it is spread; one that spreads itself, which is invalid, is not allowed.
  const judged = new Map<string, boolean>();
  const isAllowed = (name: string): boolean => {
    const known = judged.get(name);
    if (known !== undefined) return known;
    judged.set(name, false);
    const fragment = fragments.get(name);
    const verdict = fragment !== undefined && onlyAllowed(fragment.selectionSet);
    judged.set(name, verdict);
    return verdict;
  };
  const onlyAllowed = (selections: SelectionSetNode): boolean =>
    selections.selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return allowed.has(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return onlyAllowed(selection.selectionSet);
      return isAllowed(selection.name.value);
    });
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  return (
    operations.length > 0 &&
    operations.every((node) => node.operation === OperationTypeNode.QUERY && onlyAllowed(node.selectionSet))
  );
}
