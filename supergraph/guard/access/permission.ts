import {
  getNamedType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import type { AccessRules, Requirement } from './access-rules.ts';

/** What one kind of caller may not have of a document. */
export interface Permission {
  /** Equal for callers who may have the same. */
  readonly key: string;
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly isRefused: (field: FieldNode) => boolean;
  /** The document without what is refused. */
  readonly document: DocumentNode;
}

/** The fields of one document for which something is required. Made once for each document. */
export class GuardedDocument {
  readonly #document: DocumentNode;
  readonly #fields: ReadonlyMap<FieldNode, readonly Requirement[]>;
  readonly #requirements: readonly Requirement[];

  /** @param document valid against the schema */
  constructor(document: DocumentNode, schema: GraphQLSchema, rules: AccessRules) {
    this.#document = document;
    this.#fields = guardedFields(document, schema, rules);
    const distinct = new Map<string, Requirement>();
    for (const requirements of this.#fields.values()) {
      for (const requirement of requirements) distinct.set(requirement.key, requirement);
    }
    this.#requirements = [...distinct.values()];
  }

  /** Which of the document's requirements a caller meets; null: all of them, so that nothing need be cut. */
  keyOf(caller: Caller | null): string | null {
    let all = true;
    let key = caller === null ? '-' : '+';
    for (const requirement of this.#requirements) {
      const met = requirement.isMetBy(caller);
      key += met ? '1' : '0';
      all &&= met;
    }
    return all ? null : key;
  }

  /** @param key what `keyOf` says of the caller */
  permission(key: string, caller: Caller | null): Permission {
    const refused = new Set<FieldNode>();
    for (const [field, requirements] of this.#fields) {
      if (requirements.some((requirement) => !requirement.isMetBy(caller))) refused.add(field);
    }
    const isRefused = (field: FieldNode): boolean => refused.has(field);
    return {
      key,
      code: caller === null ? 'UNAUTHENTICATED' : 'FORBIDDEN',
      isRefused,
      document: cut(this.#document, isRefused),
    };
  }
}

function guardedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  rules: AccessRules,
): ReadonlyMap<FieldNode, readonly Requirement[]> {
  const found = new Map<FieldNode, readonly Requirement[]>();
  const visitSelections = ({ selections }: SelectionSetNode, typeName: string): void => {
    const type = schema.getType(typeName);
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
        const given = field && getNamedType(field.type).name;
        // What is said of the schema itself is for everyone who may have it.
        if (name !== '__schema' && name !== '__type') {
          const requirements = rules.ofField(typeName, name, given);
          if (requirements.length > 0) found.set(selection, requirements);
        }
        if (selection.selectionSet && given !== undefined) visitSelections(selection.selectionSet, given);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visitSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
      }
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const root = schema.getRootType(definition.operation);
      if (root) visitSelections(definition.selectionSet, root.name);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      visitSelections(definition.selectionSet, definition.typeCondition.name.value);
    }
  }
  return found;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function cut(document: DocumentNode, isRefused: (field: FieldNode) => boolean): DocumentNode {
  const cutSelections = (set: SelectionSetNode): SelectionSetNode => {
    const selections = set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      if (selection.kind === Kind.FIELD) {
        if (isRefused(selection)) return [];
        if (!selection.selectionSet) return [selection];
      }
      return [{ ...selection, selectionSet: cutSelections(selection.selectionSet as SelectionSetNode) }];
    });
    // Whether the object is there is still to be found out.
    return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
  };
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      'selectionSet' in definition
        ? { ...definition, selectionSet: cutSelections(definition.selectionSet) }
        : definition,
    ),
  };
}

/** The root fields that are refused, however they are spread. */
export function refusedRootField(
  document: DocumentNode,
  operationName: string | undefined,
  { isRefused }: Permission,
): FieldNode | undefined {
  const fragments = new Map(
    document.definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  const find = (set: SelectionSetNode | undefined): FieldNode | undefined => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (isRefused(selection)) return selection;
      } else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection.selectionSet
            : fragments.get(selection.name.value)?.selectionSet;
        const found = find(inner);
        if (found) return found;
      }
    }
    return undefined;
  };
  return find(getOperationAST(document, operationName)?.selectionSet);
}
